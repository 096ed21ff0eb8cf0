
// Tries the only operation of the page out, without a token and then with one, and leaves a note of what was answered.

const found = async (selector, fits = () => true) => {
  for (;;) {
    const element = [...document.querySelectorAll(selector)].find(fits);
    if (element) return element;
    await new Promise((resume) => setTimeout(resume, 20));
  }
};
const press = async (selector, fits) => (await found(selector, fits)).click();

// React learns of what is typed, and not of what is set.
const type = async (selector, text) => {
  const input = await found(selector);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

const answer = async (status) => {
  await press(".opblock .execute");
  const row = await found(".live-responses-table tr.response", (row) => row.innerText.startsWith(status));
  return row.innerText;
};

(async () => {
  await press(".opblock .opblock-summary-control");
  // The page fills the example in, and sends nothing before.
  await found("tr[data-param-name=name] input", (input) => input.value);
  await answer("401");
  await press(".btn.authorize");
  await type(".auth-container input", "open-sesame");
  await press(".auth-btn-wrapper .authorize");
  await press(".auth-btn-wrapper .btn-done");
  const text = await answer("200");
  const note = document.createElement("p");
  note.textContent = `visitor: 401, then 200: ${text.match(/hello, \w+/)}`;
  document.body.append(note);
})();
