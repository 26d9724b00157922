import { defineRole, LOOKING } from "./role.ts";

/** Answers questions about the project; changes nothing. */
export const ask = defineRole({
  name: "ask",
  title: "Ask",
  description: "answers a question about the project or its history, with the places that prove it; changes nothing",
  prompt:
    "You answer a question about this project. Search before you answer, by meaning first and by exact text where you know " +
    "a name; read what you cite. Say what is so and where (path:line), in as few words as the question allows. Where past " +
    "conversations may know why something is as it is, search them too. What you could not find, say plainly; guess nothing.",
  tools: LOOKING,
  delegates: [],
  model: "fast",
});
