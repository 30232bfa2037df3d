//! stub
use crate::text::texts;
texts! { A: "a", "甲"; }
