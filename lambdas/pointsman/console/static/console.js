// Joins the page's parts: the views, the key, and the one place where a failure is shown.

import { key } from "./api.js";
import * as map from "./map.js";
import * as playground from "./playground.js";
import * as savings from "./savings.js";

const VIEWS = { playground, map, savings };
const problem = document.querySelector("#problem");

// Runs one action of the page: its button waits, and what goes wrong is shown.
function action(trigger, event, run) {
  trigger.addEventListener(event, async (happened) => {
    happened.preventDefault();
    const button = happened.submitter ?? trigger;
    problem.hidden = true;
    button.disabled = true;
    try {
      await run();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

async function show(name) {
  for (const [other, view] of Object.entries(VIEWS)) {
    document.querySelector(`#${other}`).hidden = other !== name;
    const tab = document.querySelector(`nav [data-view=${other}]`);
    if (other === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (key.get()) await VIEWS[name].enter();
}

for (const tab of document.querySelectorAll("nav [data-view]")) action(tab, "click", () => show(tab.dataset.view));
for (const view of Object.values(VIEWS)) view.start(action);

action(document.querySelector("#login"), "submit", async () => {
  key.set(document.querySelector("#key").value.trim());
  await playground.enter();
  document.querySelector("#who").textContent = "key accepted";
  await show(document.querySelector("nav [aria-current]").dataset.view);
});
