//! Finding: the filter as it is typed, views, sorting, columns, the palette, the command line.

use callboard::ui::layer::Layer;
use callboard::ui::msg::Effect;

use super::harness::Story;

#[test]
fn a_filter_that_cannot_be_read_points_at_the_word_and_the_last_good_one_stays() {
    let mut story = Story::floor();
    story.press("/").type_text("state:ringing").press("enter");
    story.press("/").type_text(" agee>60s").sees("agee").sees("did you mean");
    story.press("enter").sees("agee").press("esc").sees("state:ringing");
    assert!(!story.lines_with("RNG").is_empty());
}

#[test]
fn words_are_completed_and_say_what_they_mean() {
    let mut story = Story::floor();
    story.press("/").type_text("sta").press("tab").sees("/state");
    story.type_text("ri").press("tab enter").sees("state:ringing");
}

#[test]
fn giving_up_a_filter_leaves_everything_as_it_was() {
    let mut story = Story::floor();
    story.press("j j");
    let cursor = story.app.list.cursor.clone();
    story.press("/").type_text("nothing-like-it").sees("No call matches").press("esc");
    assert_eq!(story.app.list.cursor, cursor);
}

#[test]
fn views_are_on_their_digits_and_can_be_saved() {
    let mut story = Story::floor();
    story.press("V 3").sees("view ringing");
    assert!(story.lines_with(" ANS ").is_empty());
    story.press("/").type_text(" dir:in").press("enter").sees_no("view ringing");
    story.press("V s").type_text("mine now").press("enter").sees("is on V 9").sees("view mine now");
    story.press("V 1").sees("view all calls").press("V 9").sees("dir:in");
}

#[test]
fn the_same_column_again_turns_the_order_around() {
    let mut story = Story::floor();
    story.press("s 3").sees("sort from v").press("s 3").sees("sort from ^");
    story.press(">").sees("sort to").press("<").sees("sort from");
}

#[test]
fn columns_are_chosen_and_reordered() {
    let mut story = Story::floor();
    story.press("c space").sees_no("ST  DIR").press("j > enter");
    story.sees("TO").sees("FROM");
    let heading = story.lines_with("AGE")[0].clone();
    assert!(
        heading.find("TO").unwrap() < heading.find("FROM").unwrap() || heading.find("DIR").is_some(),
        "{heading}"
    );
}

#[test]
fn the_palette_finds_by_letters_in_any_order_and_runs_it() {
    let mut story = Story::floor();
    story
        .press("ctrl+p")
        .type_text("hang")
        .sees("Hang up")
        .press("enter")
        .sees("Are you sure?")
        .sees("It can be taken back");
    story.press("esc ctrl+p").type_text("theme nord").press("enter");
    assert_eq!(story.app.theme, "nord");
}

#[test]
fn the_palette_says_why_not() {
    let mut story = Story::floor();
    story.press("/").type_text("state:answered").press("enter ctrl+p").type_text("answer an inbound");
    story.sees("(the call is answered)");
}

#[test]
fn a_theme_is_shown_while_the_cursor_is_on_it_and_left_by_escape() {
    let mut story = Story::floor();
    story.press(":").type_text("theme").press("enter j");
    let shown = story.app.theme.clone();
    assert_ne!(shown, "dark");
    story.press("esc");
    assert_eq!(story.app.theme, "dark");
}

#[test]
fn commands_are_typed_with_completion_and_mistakes_name_the_nearest() {
    let mut story = Story::floor();
    story.press(":").type_text("sort fr").press("tab enter").sees("sort from");
    story.press(":").type_text("hang-upp").press("enter").sees("did you mean hang-up?");
    // The line stays, to be mended.
    story.press("backspace").sees_no("did you mean").press("esc");
    story.press(":").type_text("sort foo").press("enter").sees("there is no column foo").sees(":sort foo");
    story.press("backspace backspace backspace").type_text("to").press("enter").sees("sort to");
    story
        .press(":")
        .type_text("play-tts Good morning")
        .press("enter")
        .sees("Play text to speech")
        .sees("Good morning");
    story.press("esc :").press("up").sees(":play-tts Good morning");
}

#[test]
fn numbers_can_be_hidden_and_shown_again() {
    let mut story = Story::floor();
    story.sees("+1 202 555 0117").press("M").sees_no("+1 202 555 0117").press("M").sees("+1 202 555 0117");
}

#[test]
fn more_columns_than_fit_can_be_scrolled_to() {
    let mut story = Story::floor().sized(60, 20);
    story.sees("columns hidden").press("l l").sees("FROM").sees_no(" ST  DIR");
    story.press("h h").sees(" ST  DIR");
}

#[test]
fn notes_are_kept_on_their_call_and_found_by_the_filter() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter m").type_text("waits for a refund").press("enter esc");
    story.press("/").type_text("note:*refund*").press("enter").sees("+1 202 555 0117").sees("1 of");
    // It stands in the list, too: alone, and behind something else where there is room.
    let mut story = story.sized(120, 36);
    assert!(story.lines_with("+1 202 555 0117").iter().any(|line| line.contains("waits for a refund")));
}

#[test]
fn the_tour_goes_on_when_a_step_is_done_and_can_be_left() {
    let mut story = Story::floor();
    story.press(":").type_text("tour").press("enter").sees("tour 1/").press("j").sees("tour 2/");
    story.press("/").type_text("1202").press("enter").sees("tour 3/").press("t ctrl+t 1 enter").advance(1.0);
    story.sees("tour 4/").press("x").sees("tour 5/").press("enter 3").sees("tour 6/");
    story.press("1 esc").sees("tour 7/").press("* 1").sees("tour 8/").press("u").sees("tour 9/").press("esc");
    story.sees_no("tour ");
}

#[test]
fn a_view_shows_columns_of_its_own_and_gives_the_users_own_back() {
    let mut story = Story::floor();
    story.press("c space enter > >");
    let own = story.app.list.own();
    let arranged = |story: &Story| {
        let list = &story.app.list;
        (list.columns.clone(), list.key, list.reversed)
    };
    let mine = (own.columns.clone(), own.key, own.reversed);
    assert_eq!(arranged(&story), mine);
    story.press("V 2").sees("view AMD board");
    assert_ne!(arranged(&story), mine);
    // What is changed in a view is the view's.
    story.press("s 1");
    assert_eq!(story.app.list.own(), own, "and nothing else is kept");
    story.press("esc");
    assert_eq!(arranged(&story), mine);
    // A view without columns has those of the user; so has the list behind a number.
    story.press("V 2 V 3").sees("view ringing");
    assert_eq!(arranged(&story), mine);
    story.press("V 2 5 enter");
    assert_eq!(arranged(&story), mine);
}

#[test]
fn the_help_is_searched_and_scrolled_to_its_end_and_back() {
    let mut story = Story::floor();
    story.press("?").sees("ACT ON CALL").sees_no("elsewhere");
    story.press("G").sees("SIGNS").sees("!! alert, act now").sees("* marked");
    let end = story.screen();
    story.press("k");
    assert_ne!(story.screen(), end, "the first step back shows");
    story.press("/").type_text("snooze").sees("Silence the alert").sees_no("Speak a text").press("enter");
    story.sees("Silence the alert").press("esc").sees("ACT ON CALL").press("esc").sees("Calls 4");
    assert!(story.app.list.filter.is_empty());
    story.press("7 ?");
    let screen = story.screen();
    let place = |text: &str| screen.find(text).unwrap_or(usize::MAX);
    assert!(place("acknowledge") < usize::MAX && place("mark by rule") == usize::MAX, "{screen}");
}

#[test]
fn a_text_ends_where_its_last_page_is_full() {
    let mut story = Story::floor();
    story.press("5 d G").sees_no("-1 of");
    let screen = story.screen();
    let filled = screen.lines().filter(|line| line.trim_matches(['│', ' ']).len() > 3).count();
    assert!(filled > 18, "{screen}");
    story.press("k");
    assert_ne!(story.screen(), screen);
    story.press("g /").type_text("no such words").press("enter").sees("no further match");
}

#[test]
fn a_rule_says_how_many_calls_it_fits_while_it_is_typed() {
    let mut story = Story::floor();
    story.press("* /").type_text("state:ringing").sees("calls fit").press("esc");
    story.press("w f").type_text("state:ringing").sees("calls fit now").press("esc");
}

#[test]
fn a_word_that_is_half_typed_does_not_empty_the_list() {
    let mut story = Story::floor();
    story.press("/").type_text("ctx:");
    assert!(story.app.list.rows.ids.len() > 30);
    story.type_text("sup");
    assert!(story.app.list.rows.ids.len() > 30);
    story.sees("no call fits that yet").type_text("port");
    assert!((1..30).contains(&story.app.list.rows.ids.len()));
    // Done is done: then it shows what was typed, even if that is nothing.
    story.press("backspace backspace enter").sees("No call matches").press("esc");
    story.press("/").type_text("state:answered foo:");
    story.sees("state:answered");
}

#[test]
fn what_is_wrong_is_underlined_and_said_once() {
    use ratatui::style::Modifier;
    let mut story = Story::floor();
    story.press("/").type_text("agee>60s");
    let said = story.lines_with("did you mean");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(!said[0].contains("! "), "while it is typed it is no mistake yet: {said:?}");
    story.type_text(" 1202");
    let cells = story.cells();
    let line = cells.content.chunks(80).last().unwrap();
    let underlined: String = line
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert!(underlined.starts_with("agee"), "{underlined:?}");
    story.sees("! ");
}

#[test]
fn matches_of_a_filter_are_its_lines() {
    let mut story = Story::floor();
    story.press("n").sees("looks for something first");
    story.press("/").type_text("state:ringing").press("enter");
    let first = story.app.list.cursor.clone();
    story.press("n");
    assert_ne!(story.app.list.cursor, first);
    story.press("N");
    assert_eq!(story.app.list.cursor, first);
    story.press("N").sees("no further match");
}

#[test]
fn what_can_be_done_is_found_before_what_cannot() {
    let mut story = Story::floor();
    story.press("/").type_text("1202").press("enter ctrl+p").type_text("rec");
    let screen = story.screen();
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text:?}: {screen}"));
    assert!(place("Record: start") < place("Record: stop (recording "), "{screen}");
    assert!(place("Record: stop") < place("Reconnect now"), "{screen}");
    story.sees(" of ").press("ctrl+u").type_text("jump 1202").sees("answered 4:0");
    story.press("ctrl+u").type_text("sort by the column").sees("to the left").sees("to the right");
    story.press("esc s");
    // Enter is on the column that gives the order: it turns it around.
    story.press("enter").sees("sort age ^");
}

#[test]
fn the_footer_shows_how_to_find() {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut story = Story::floor().sized(width, height);
        story.advance(8.0);
        story.app.toast = None;
        let screen = story.screen();
        let foot = screen.lines().rev().take(2).collect::<Vec<_>>().join(" ");
        for key in ["a all acts", "/ filter", "* mark rule", ": command", "^p palette", "? help", "H hang up"]
        {
            assert!(foot.contains(key), "{key}: {foot}");
        }
        for key in ["V views", "3 flow", "7 alerts"].iter().filter(|_| width >= 120) {
            assert!(foot.contains(key), "{key}: {foot}");
        }
        story.press("5").advance(8.0);
        story.app.toast = None;
        story.sees("Enter calls behind").sees("E export");
    }
    let mut story = Story::new(callboard::sim::Script::quiet(), &[]);
    let screen = story.screen();
    let foot = screen.lines().nth(22).unwrap().to_owned();
    assert!(foot.trim_start().starts_with("D dial  L contexts"), "{foot}");
}

#[test]
fn capitals_that_do_nothing_are_caps_lock_too() {
    let mut story = Story::floor();
    story.press("J").sees("J does nothing here").press("J").sees("Caps Lock?");
}

#[test]
fn inverted_marks_are_on_live_calls() {
    let mut story = Story::floor();
    story.press("H y").advance(6.0).press("g I");
    let ended = |story: &Story| {
        let marks = story.app.board.marks.iter();
        marks.filter(|id| story.model().call(id).is_some_and(|call| !call.is_live())).count()
    };
    assert!(story.app.board.marks.len() > 10);
    assert_eq!(ended(&story), 0);
    story.press("u /").type_text("state:ended").press("enter I");
    assert!(ended(&story) > 0);
}

#[test]
fn a_screen_of_one_call_says_which_of_the_list_it_is() {
    let mut story = Story::floor();
    story.press("j 2").sees("call 2 of").press("]").sees("call 3 of").press("[ [").sees("call 1 of");
}

#[test]
fn what_is_typed_into_a_line_that_is_none_of_commands_is_never_run() {
    for keys in ["/", "m", "V s", "4 /", "? /", "* /", "w f", "3 /"] {
        for text in ["record", "quit", "stop-all", "hang-up", "results"] {
            let mut story = Story::floor();
            story.press(keys).type_text(text).press("enter").sees_no("Are you sure?");
            let opened = story.app.layers.iter().any(|layer| matches!(layer, Layer::Form(_)));
            let left = story.effects.iter().any(|effect| matches!(effect, Effect::Quit | Effect::Submit(..)));
            assert!(!opened && !left, "{keys} {text}: {}", story.screen());
        }
    }
}

#[test]
fn hidden_numbers_are_hidden_in_questions_messages_and_acts() {
    let mut story = Story::floor().sized(120, 36);
    story.press("/").type_text("1202").press("enter M H").sees("Hang up").sees_no("202 555 0117");
    story.press("y").sees("hanging up").sees_no("202 555 0117").press("U").sees_no("202 555 0117");
    story.press("C ctrl+t 1 enter").advance(1.0).sees("connect").sees_no("4155550191").press("6");
    story.sees("connect").sees_no("4155550191").sees_no("2025550117").sees_no("202 555 0117");
}
