"use strict";

// The document and the assets are found relative to the page, wherever it is mounted.
const page = document.getElementById("page");
const address = (relative) => new URL(relative, window.location.href).href;

// The versions of the API, the newest first. What the address names is one of them, or it names nothing.
const versions = page.dataset.versions.split(" ").filter((name) => name !== "");
const named = new URLSearchParams(window.location.search).get("version");
const version = versions.includes(named) ? named : versions[0];
if (version !== undefined) {
  const label = document.createElement("label");
  const choice = document.createElement("select");
  label.className = "version";
  label.append("Version ", choice);
  for (const name of versions) {
    choice.add(new Option(name, name, name === version, name === version));
  }
  choice.addEventListener("change", () => {
    window.location.search = new URLSearchParams({ version: choice.value }).toString();
  });
  page.before(label);
}

SwaggerUIBundle({
  url: address(version === undefined ? page.dataset.document : `${page.dataset.ofVersion}${version}.json`),
  domNode: page,
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  filter: true,
  oauth2RedirectUrl: address(page.dataset.redirect),
  // A token that was typed in is forgotten with the page.
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
  // Neither a setting nor a document comes from the address: a link could make the page speak for another service.
  queryConfigEnabled: false,
  tryItOutEnabled: true,
  // By default the document would be sent to a service on another host, to be validated there.
  validatorUrl: null,
});
