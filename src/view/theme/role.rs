//! What a piece of the screen means. How a meaning looks is said in themes alone.

/// Makes the enum and the table of names from one list, so that they cannot differ.
macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident = $name:literal,)+) => {
        /// What a piece of the screen means. Colours are named in themes only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[doc = $doc])+ $role,)+
        }

        impl Role {
            /// Every role with its name in theme files.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$role, $name),)+];
        }
    };
}

roles! {
    /// Ordinary text, and the ground of the screen.
    Text = "text",
    /// Text of less weight: labels, times, ended calls.
    Faint = "faint",
    /// Headings of panes and columns.
    Title = "title",
    /// Frames of panes.
    Border = "border",
    /// The frame of the pane that has the keys.
    BorderFocus = "border-focus",
    /// The thumb of a scroll bar.
    Scroll = "scroll",
    /// The line under the cursor, in the pane that has the keys.
    Cursor = "cursor",
    /// The line under the cursor, elsewhere.
    CursorAway = "cursor-away",
    /// What the user marked to act on.
    Mark = "mark",
    /// What a filter or a search found.
    Match = "match",
    /// The header line.
    Header = "header",
    /// The name of a profile that must not be taken for another: production.
    Frame = "frame",
    /// A call that was created.
    Created = "created",
    /// A call that rings.
    Ringing = "ringing",
    /// A call that is answered.
    Answered = "answered",
    /// A call that is ending.
    Ending = "ending",
    /// An action that runs.
    Running = "running",
    /// An action that is paused.
    Paused = "paused",
    /// A recording that runs.
    Recording = "recording",
    /// Asked for and not confirmed: never a fact.
    Intent = "intent",
    /// Not known to be true any more.
    Doubt = "doubt",
    /// Something went well.
    Good = "good",
    /// Something went wrong, or destroys something.
    Bad = "bad",
    /// An alert that wants a look.
    AlertWarn = "alert-warn",
    /// An alert that wants an act.
    AlertAct = "alert-act",
    /// The big number of a tile.
    Tile = "tile",
    /// The bars of a chart.
    Chart = "chart",
    /// The second series of a chart.
    ChartSoft = "chart-soft",
    /// A key that can be pressed.
    Key = "key",
    /// What a key does.
    Hint = "hint",
    /// A field of a form.
    Field = "field",
    /// The field that has the keys.
    FieldFocus = "field-focus",
    /// What lies over the screen.
    Popup = "popup",
}

impl Role {
    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }

    /// Its name in theme files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_at_their_number_and_have_names_of_their_own() {
        for (index, (role, name)) in Role::ALL.iter().enumerate() {
            assert_eq!(*role as usize, index);
            assert_eq!((Role::named(name), role.name()), (Some(*role), *name));
        }
    }
}
