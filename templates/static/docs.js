// Shows the document of this server in the reference. Nothing is asked of any other host.
"use strict";

SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    filter: true,
    // A reference is read: keys are not typed into it, and nothing is sent from it.
    supportedSubmitMethods: [],
    validatorUrl: null,
});
