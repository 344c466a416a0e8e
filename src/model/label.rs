//! Closed sets of labels: an enum whose values and names are defined once.

/// A closed set.
pub trait Label: Copy + Sized + 'static {
    /// All values, in order.
    const ALL: &'static [Self];

    /// Returns the name used in metrics, logs and the API.
    fn as_str(self) -> &'static str;
}

/// Defines an enum with the list of its values and a name for each.
macro_rules! label {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])+ $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])+ $variant),+
        }

        impl $name {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name used in metrics, logs and the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// Returns its index in [`Self::ALL`].
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
