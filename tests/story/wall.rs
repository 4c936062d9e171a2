//! The wallboard.

use super::harness::Story;

#[test]
fn look() {
    for (width, height) in [(80, 24), (120, 36), (200, 60), (60, 18), (44, 12)] {
        let mut story = Story::floor().sized(width, height);
        story.advance(400.0).press("5");
        println!("{}", story.screen());
    }
}
