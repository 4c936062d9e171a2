//! A chain made, broken and told of.
