// What was asked in this tab, without its headers: they have secrets in them.

const MOST = 30;
// Of a query with its variables; and a longer one is not kept.
const LONGEST = 32768;

export class History {
  #key;
  #entries = [];

  constructor(key) {
    this.#key = `tsk-graphql-history ${key}`;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
      const isEntry = ({ query, variables }) => typeof query === "string" && typeof variables === "string";
      this.#entries = kept.filter(isEntry).slice(0, MOST);
    } catch {
      // A browser that keeps nothing has no history, and what is kept there may be somebody else's.
    }
  }

  // The newest first.
  get entries() {
    return this.#entries;
  }

  add({ query, variables }) {
    if (query.length + variables.length > LONGEST) {
      return;
    }
    const others = this.#entries.filter((entry) => entry.query !== query || entry.variables !== variables);
    this.#keep([{ query, variables }, ...others].slice(0, MOST));
  }

  forget() {
    this.#keep([]);
  }

  #keep(entries) {
    this.#entries = entries;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(entries));
    } catch {
      // It is there until the page is closed.
    }
  }
}
