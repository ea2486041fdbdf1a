// The worker runs what stands before the mark, and what was packed.
live(`${document.currentScript.textContent.split("/*" + "page*/")[0]}${unpack(PACKED)}`);
