// An open page follows: it asks for its news every so many seconds, by a conditional request that costs the portal
// next to nothing while there is none. It rests while nobody looks at it, asks less often while nobody answers, and
// says in quiet words when it does not follow. What is exchanged, and what is left alone, is live.js's part.
import { enhance } from "./dom.js";
import { heldBack, onRelease, saidMeanwhile } from "./live.js";

const SLOWEST_S = 120;
const SIGNED_OUT_S = 60;
const QUIET_FAILURES = 1; // one answer that fails to come is nobody's business
const loginUrl = document.querySelector('meta[name="login-url"]')?.content;

/** A little earlier or later than said, so that many pages do not ask at the same moment. */
const about = (seconds) => seconds * (0.92 + Math.random() * 0.08) * 1000;

class Follower {
  constructor(element) {
    this.element = element;
    this.word = element.querySelector("[data-follow-word]");
    this.news = element.querySelector("[data-follow-news]");
    this.every = Number(element.dataset.every);
    this.failures = 0;
    this.timer = 0;
    this.asking = false;
    this.askedAt = Date.now();
    this.wait(this.every);
  }

  get isOver() {
    return this.stopped || !this.element.isConnected;
  }

  wait(seconds) {
    clearTimeout(this.timer);
    if (!this.isOver) this.timer = setTimeout(() => this.ask(), about(seconds));
  }

  /** Not while nobody looks; `visibilitychange` asks at once when somebody does again. */
  ask() {
    if (this.isOver || this.asking || document.hidden) return;
    clearTimeout(this.timer);
    this.asking = true;
    this.askedAt = Date.now();
    htmx.trigger(this.element, "follow");
  }

  /** What came of asking: `status` 0 is no answer. */
  answered(xhr, status) {
    this.asking = false;
    const signedOut = status === 401 || (xhr?.responseURL && new URL(xhr.responseURL).pathname === loginUrl);
    if (!signedOut && (status === 200 || status === 304)) this.went(xhr, status);
    else if (signedOut) this.endedSession();
    else if (status === 403 || status === 404) this.isGone();
    else this.failed(xhr, status);
  }

  went(xhr, status) {
    this.failures = 0;
    this.element.dataset.version = xhr.getResponseHeader("ETag") ?? "";
    this.every = Number(xhr.getResponseHeader("X-Follow-Every") ?? this.every);
    const held = heldBack();
    this.say(held ? `${held} changed meanwhile. It is brought up to date when you have left it.` : "");
    if (status === 200) this.tell(saidMeanwhile());
    this.wait(this.every);
  }

  /** Somebody may sign in beside this page: then it goes on. */
  endedSession() {
    const link = document.createElement("a");
    link.href = `${loginUrl}?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Sign in again";
    this.say(`You were signed out meanwhile. ${this.element.dataset.what} no longer follows.`, link);
    this.wait(SIGNED_OUT_S);
  }

  isGone() {
    this.stopped = true;
    this.say(`${this.element.dataset.what} no longer follows: what it shows is no longer there, or not yours to see. Reload it.`);
  }

  failed(xhr, status) {
    this.failures += 1;
    const asked = Number(xhr?.getResponseHeader?.("Retry-After")) || 0;
    const wait = Math.min(Math.max(this.every * 2 ** this.failures, asked), SLOWEST_S);
    if (this.failures > QUIET_FAILURES) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn small";
      button.textContent = "Try now";
      button.addEventListener("click", () => this.ask());
      const why = status === 429 ? "the portal asks to wait" : "the portal does not answer";
      this.say(`${this.element.dataset.what} does not follow now: ${why}. It tries again by itself.`, button);
    }
    this.wait(wait);
  }

  say(words, more = null) {
    if (words === (this.word.dataset.said ?? "")) return;
    this.word.dataset.said = words;
    this.word.hidden = !words;
    this.word.replaceChildren(words, ...(more ? [" ", more] : []));
  }

  /** For screen readers; emptied first, so that the same words are heard again. */
  tell(words) {
    if (!words) return;
    this.news.textContent = "";
    setTimeout(() => (this.news.textContent = words), 100);
  }
}

const followers = new WeakMap();
let current = null;
enhance("[data-follow]", (element) => {
  current = new Follower(element);
  followers.set(element, current);
});

const follower = (event) => followers.get(event.detail.elt);

document.addEventListener("htmx:configRequest", (event) => {
  const version = follower(event)?.element.dataset.version;
  if (version) event.detail.headers["If-None-Match"] = version;
});
// Once for each request, whatever became of it: htmx tells time-outs and lost connections by it as well.
document.addEventListener("htmx:afterRequest", (event) => {
  const { xhr } = event.detail;
  follower(event)?.answered(xhr, xhr?.status ?? 0);
});

function askNow() {
  if (current && Date.now() - current.askedAt > 1000) current.ask();
}
document.addEventListener("visibilitychange", () => document.hidden || askNow());
window.addEventListener("pageshow", (event) => event.persisted && askNow());
window.addEventListener("online", askNow);
onRelease(() => {
  if (!current) return;
  current.element.dataset.version = "";
  current.ask();
});
