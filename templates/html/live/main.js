// The same text runs in the page and in its worker.
if (typeof document === "undefined") work();
else live(document.currentScript.textContent);
