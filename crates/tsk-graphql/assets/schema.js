// The schema, as the endpoint tells it.

export const QUERY = `query Schema {
  __schema {
    description
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ...Input }
        type { ...Ref }
      }
      inputFields(includeDeprecated: true) { ...Input }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
    directives { name description locations isRepeatable args(includeDeprecated: true) { ...Input } }
  }
}
fragment Input on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...Ref } }
fragment Ref on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}`;

// A type as it is written: `[String!]!`.
export function written(ref) {
  if (ref.kind === "NON_NULL") {
    return `${written(ref.ofType)}!`;
  }
  return ref.kind === "LIST" ? `[${written(ref.ofType)}]` : ref.name ?? "…";
}

// The name of what lists and marks are around.
export const named = (ref) => (ref.ofType ? named(ref.ofType) : ref.name);

const MOST = 100;

export class Schema {
  constructor({ types, directives, description, ...roots }) {
    this.description = description;
    this.types = new Map(types.map((type) => [type.name, type]));
    this.directives = directives;
    const root = (kind) => roots[`${kind}Type`]?.name;
    this.roots = ["query", "mutation", "subscription"].filter(root).map((kind) => [kind, this.types.get(root(kind))]);
  }

  // The types that are in no language but that of this service, by their names.
  get own() {
    const isOwn = ({ name }) => !name.startsWith("__");
    return [...this.types.values()].filter(isOwn).sort((one, other) => one.name.localeCompare(other.name));
  }

  // Of which kind of operation a type is the root, if it is.
  rootKind(type) {
    return this.roots.find(([, root]) => root === type)?.[0];
  }

  // Where a text is in a name, or in a description; names come first. It is cut, and says so.
  search(text) {
    const wanted = text.trim().toLowerCase();
    const [names, descriptions] = [[], []];
    const look = (type, member, arg) => {
      const { name, description } = arg ?? member ?? type;
      const whole = [type.name, ...(member ? [`.${member.name}`] : []), ...(arg ? [`(${name}:)`] : [])].join("");
      if ((arg ? name : whole).toLowerCase().includes(wanted)) {
        names.push({ type, told: arg ?? member ?? type, whole });
      } else if (description?.toLowerCase().includes(wanted)) {
        descriptions.push({ type, told: arg ?? member ?? type, whole });
      }
    };
    for (const type of this.own) {
      look(type);
      for (const member of [type.fields, type.inputFields, type.enumValues].flatMap((members) => members ?? [])) {
        look(type, member);
        member.args?.forEach((arg) => look(type, member, arg));
      }
    }
    const all = [...names, ...descriptions];
    return { found: all.slice(0, MOST), isCut: all.length > MOST };
  }
}
