"use strict";

// The document and the assets are found relative to the page, wherever it is mounted.
const page = document.getElementById("page");
const address = (relative) => new URL(relative, window.location.href).href;

SwaggerUIBundle({
  url: address(page.dataset.document),
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
