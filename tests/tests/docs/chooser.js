
// Leaves a note of what the page shows, and of where it goes when the oldest version is chosen. It does not get there: the
// time of a page that is virtual does not go on in the next.

(async () => {
  const found = async (selector) => {
    for (;;) {
      const elements = [...document.querySelectorAll(selector)];
      if (elements.length > 0) return elements;
      await new Promise((resume) => setTimeout(resume, 20));
    }
  };
  const note = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    document.body.append(line);
  };
  const [choice] = await found("label.version select");
  const paths = (await found(".opblock-summary-path")).map((path) => path.innerText.replaceAll("\u200b", ""));
  const versions = [...choice.options].map((option) => option.value);
  note(`shows: ${choice.value} of ${versions}: ${paths.sort()}`);
  window.navigation.addEventListener("navigate", (event) => {
    event.preventDefault();
    const { pathname, search } = new URL(event.destination.url);
    note(`goes to: ${pathname}${search}`);
  });
  choice.value = versions.at(-1);
  choice.dispatchEvent(new Event("change"));
})();
