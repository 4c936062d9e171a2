//! The wallboard.

use super::harness::Story;

#[test]
fn look() {
    let mut story = Story::floor();
    for n in 0..20 {
        story.advance(3.0).press("5");
        println!("{n} {:?}", story.lines_with("fail "));
    }
    story.press("j l").press("enter");
    println!("{}", story.screen());
    story.press("enter 3");
    println!("{}", story.screen());
}
