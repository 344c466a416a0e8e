//! Schemas of the wire's closed sets, derived from the lists of the model.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::model;

macro_rules! sets {
    ($($(#[doc = $doc:literal])+ $name:ident: $values:expr;)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let description = [$($doc.trim()),+].join(" ");
                    let values: Vec<&'static str> = $values.into();
                    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
                    object.enum_values(Some(values)).build().into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}

fn words(set: &[impl model::Label]) -> Vec<&'static str> {
    set.iter().map(|value| value.as_str()).collect()
}

sets! {
    /// The verdict.
    VerdictStatus: model::Verdict::STATUSES;
    /// How the verdict was obtained: from the cache, by a call of its own, or by a shared call.
    AnswerSource: words(model::Source::ALL);
    /// The name of a check.
    CheckName: ["format", "region_reachable", "credentials", "partner_whitelisted"];
    /// The result of a check.
    CheckStatus: ["passed", "failed", "unknown"];
    /// The kind of a warning.
    WarningCode: ["repaired", "unusual_shape", "url_conflict"];
    /// The reason why a member of the request is unusable.
    FieldErrorCode: ["missing", "empty", "wrong_type", "too_long", "unusable_characters", "unknown_region",
        "no_origin", "out_of_range"];
    /// The reason why there is no verdict.
    ProblemCode: model::ProblemCode::ALL.map(model::ProblemCode::as_str);
}
