//! One table per closed list of names: the English key that is stored and sent, and the labels
//! that people see. Keys never change; labels may.

macro_rules! named {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal,
        $( $(#[$variant_doc:meta])* $variant:ident $key:literal $zh:literal $en:literal; )+
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )+
        }

        impl $name {
            /// All of them, in the order of their list.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The key: what is stored, sent and typed.
            pub fn as_str(&self) -> &'static str {
                match self { $( Self::$variant => $key, )+ }
            }

            /// The Chinese label.
            pub fn zh(&self) -> &'static str {
                match self { $( Self::$variant => $zh, )+ }
            }

            /// The English label.
            pub fn en(&self) -> &'static str {
                match self { $( Self::$variant => $en, )+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::error::Error;

            fn from_str(text: &str) -> Result<Self, crate::error::Error> {
                match text {
                    $( $key => Ok(Self::$variant), )+
                    _ => Err(crate::error::Error::Name($what)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use named;
