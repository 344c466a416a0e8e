//! Closed sets of words: an enum whose values and names are written once.

/// A set whose values are known.
pub trait Label: Copy + Sized + 'static {
    /// Each value, in order.
    const ALL: &'static [Self];

    /// Returns the word that metrics, logs and the wire have for it.
    fn as_str(self) -> &'static str;
}

/// Makes an enum with the list of its values and a word for each.
macro_rules! label {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])+ $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])+ $variant),+
        }

        impl $name {
            /// Each value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word that metrics, logs and the wire have for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// Returns its place in [`Self::ALL`].
            #[allow(dead_code, reason = "not every set is counted")]
            pub const fn index(self) -> usize {
                self as usize
            }
        }

        impl $crate::model::Label for $name {
            const ALL: &'static [Self] = Self::ALL;

            fn as_str(self) -> &'static str {
                self.as_str()
            }
        }
    };
}
pub(crate) use label;
