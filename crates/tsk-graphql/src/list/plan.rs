//! What is looked for in each object of a list: the same in all of them, so it is found out once.

use juniper::{
    ArcStr, Arguments, Executor, InputValue, ScalarValue, Selection, Spanning, Variables, meta::MetaType,
    parser::SourcePosition,
};

/// The fields that count for objects of one type, those of fragments among them, in the order of the document.
pub(super) struct Collected<'a, C, S> {
    parent: &'a MetaType<S>,
    name: &'a ArcStr,
    /// The selection set itself, and that of each fragment in it.
    sets: Vec<Set<'a, C, S>>,
    /// Each with the place of its set.
    fields: Vec<(&'a Selection<'a, S>, usize)>,
}

/// A selection set, and who resolves what is in it.
struct Set<'a, C, S> {
    selections: &'a [Selection<'a, S>],
    executor: Executor<'a, 'a, C, S>,
}

/// A field, ready to be looked for in any object of its type.
pub(super) struct Step<'a, C, S> {
    /// What it is called in the answer.
    pub(super) key: &'a str,
    /// The name of the type that it is a field of.
    pub(super) parent: &'a ArcStr,
    /// None for `__typename`, which is known.
    pub(super) field: Option<Field<'a, C, S>>,
}

/// A field that is resolved.
pub(super) struct Field<'a, C, S> {
    pub(super) name: &'a str,
    pub(super) arguments: Arguments<'a, S>,
    pub(super) executor: Executor<'a, 'a, C, S>,
    pub(super) at: SourcePosition,
    pub(super) is_non_null: bool,
    /// Where it is asked for, and by whom.
    pub(super) selection: &'a Selection<'a, S>,
    pub(super) around: &'a Executor<'a, 'a, C, S>,
}

const TYPE_NAME: &str = "__typename";

/// What is looked for in objects of that type. None where something with fields in it is asked for twice: its answers have to be put
/// together.
pub(super) fn collect<'a, C, S: ScalarValue>(
    parent: &str,
    selections: &'a [Selection<'a, S>],
    executor: &'a Executor<'a, 'a, C, S>,
) -> Option<Collected<'a, C, S>> {
    let parent = executor.schema().concrete_type_by_name(parent)?;
    let fields = Vec::with_capacity(selections.len());
    let mut collected = Collected { parent, name: parent.name()?, sets: Vec::new(), fields };
    collected.add(None, selections, executor).then_some(collected)
}

impl<'a, C, S: ScalarValue> Collected<'a, C, S> {
    /// Adds what is on a type, or on whatever is around; false where answers have to be put together.
    ///
    /// It calls itself no deeper than fragments are in each other, which has a limit where documents are parsed.
    fn add(
        &mut self,
        on: Option<&'a str>,
        selections: &'a [Selection<'a, S>],
        executor: &'a Executor<'a, 'a, C, S>,
    ) -> bool {
        let around = self.sets.len();
        self.sets.push(Set { selections, executor: executor.type_sub_executor(on, Some(selections)) });
        let name = self.name;
        let applies = |on: &str| executor.schema().is_named_subtype(name, on);
        let counts = |selection: &&'a Selection<'a, S>| counts(selection, executor.variables());
        selections.iter().filter(counts).all(|selection| match selection {
            Selection::Field(_) => self.add_field(selection, around),
            Selection::FragmentSpread(spread) => match executor.fragment_by_name(spread.item.name.item) {
                Some(fragment) if applies(fragment.type_condition.item) => {
                    self.add(Some(fragment.type_condition.item), &fragment.selection_set, executor)
                }
                _ => true,
            },
            Selection::InlineFragment(fragment) => match &fragment.item.type_condition {
                Some(condition) if !applies(condition.item) => true,
                condition => {
                    let on = condition.as_ref().map(|condition| condition.item).or(on);
                    self.add(on, &fragment.item.selection_set, executor)
                }
            },
        })
    }

    fn add_field(&mut self, selection: &'a Selection<'a, S>, around: usize) -> bool {
        // That both are the same field with the same arguments was found when the document was validated.
        if self.fields.iter().any(|(known, _)| key(known) == key(selection)) {
            return is_leaf(selection);
        }
        self.fields.push((selection, around));
        true
    }

    /// Who resolves each of the fields, for `steps` to borrow; none for `__typename`.
    ///
    /// What is in the set around counts as what is in the field, until `step` says what that is: it is then known as the set around.
    pub(super) fn resolvers(&self) -> Vec<Option<Executor<'_, 'a, C, S>>> {
        let resolvers = self.fields.iter().map(|(selection, around)| {
            let Selection::Field(field) = selection else { return None };
            let (key, name, at) = (key(selection), field.item.name.item, field.span.start);
            let Set { selections, executor } = &self.sets[*around];
            (name != TYPE_NAME).then(|| executor.field_sub_executor(key, name, at, Some(selections)))
        });
        resolvers.collect()
    }

    pub(super) fn steps<'s>(
        &'s self,
        resolvers: &'s [Option<Executor<'s, 'a, C, S>>],
    ) -> Vec<Step<'s, C, S>> {
        let steps = self.fields.iter().zip(resolvers).filter_map(|((selection, around), resolver)| {
            let around = &self.sets[*around].executor;
            self.step(selection, around, resolver.as_ref())
        });
        steps.collect()
    }

    fn step<'s>(
        &'s self,
        selection: &'s Selection<'a, S>,
        around: &'s Executor<'a, 'a, C, S>,
        resolver: Option<&'s Executor<'s, 'a, C, S>>,
    ) -> Option<Step<'s, C, S>> {
        let Selection::Field(spanned) = selection else { return None };
        let (key, at, item) = (key(selection), spanned.span.start, &spanned.item);
        let Some(resolver) = resolver else {
            return Some(Step { key, parent: self.name, field: None });
        };
        let name = item.name.item;
        let meta = self.parent.field_by_name(name)?;
        let arguments = item.arguments.as_ref().map(|all| {
            let known = all.item.items.iter().filter_map(|(name, value)| {
                let known = value.item.clone().into_const(around.variables())?;
                Some((name.item, Spanning::new(value.span, known)))
            });
            known.collect()
        });
        // Of what is no list, juniper looks at the innermost type only. What is around it would be copied for each object.
        let is_list = resolver.current_type().list_contents().is_some();
        let of = resolver.current_type().innermost_concrete().name().filter(|_| !is_list);
        let field = Field {
            name,
            arguments: Arguments::new(arguments, &meta.arguments),
            executor: resolver.type_sub_executor(of.map(|of| of.as_str()), item.selection_set.as_deref()),
            at,
            is_non_null: meta.field_type.is_non_null(),
            selection,
            around,
        };
        Some(Step { key, parent: self.name, field: Some(field) })
    }
}

/// What a field is called in the answer.
fn key<'a, S>(selection: &Selection<'a, S>) -> &'a str {
    match selection {
        Selection::Field(field) => field.item.alias.as_ref().unwrap_or(&field.item.name).item,
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => "",
    }
}

/// Whether there are no fields in it.
fn is_leaf<S>(selection: &Selection<'_, S>) -> bool {
    matches!(selection, Selection::Field(field) if field.item.selection_set.is_none())
}

/// Whether `@skip` and `@include` leave it in (GraphQL §3.13).
fn counts<S: ScalarValue>(selection: &Selection<'_, S>, variables: &Variables<S>) -> bool {
    let directives = match selection {
        Selection::Field(field) => &field.item.directives,
        Selection::FragmentSpread(spread) => &spread.item.directives,
        Selection::InlineFragment(fragment) => &fragment.item.directives,
    };
    directives.iter().flatten().all(|directive| {
        let arguments = directive.item.arguments.iter().flat_map(|all| &all.item.items);
        let is = |wanted| condition(arguments.clone(), variables) == Some(wanted);
        match directive.item.name.item {
            "skip" => !is(true),
            "include" => !is(false),
            _ => true,
        }
    })
}

/// The argument `if`.
fn condition<'a, S: ScalarValue + 'a>(
    mut arguments: impl Iterator<Item = &'a (Spanning<&'a str>, Spanning<InputValue<S>>)>,
    variables: &Variables<S>,
) -> Option<bool> {
    let (_, value) = arguments.find(|(name, _)| name.item == "if")?;
    value.item.clone().into_const(variables)?.convert().ok()
}
