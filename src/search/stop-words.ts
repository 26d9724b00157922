/**
 * Words that say nothing about what is searched for: the function words of English and the verbs with which people
 * ask. Kept out of the lexical query, not out of the index, where `for` and `is` may be part of a phrase.
 */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a about after again all also an and any are aren't as at be because been before being between both but by can " +
    "cannot could did didn't do does doesn't doing don't done during each either else etc ever every find for from get " +
    "gets give given gives go goes had has hasn't have having he her here his how i i'm if in into is isn't it it's " +
    "its itself just like look looking made make makes many may me mean might more most much must my need needs no nor " +
    "not of off on once one only or other our out over own please same she should show so some such than that that's " +
    "the their them then there these they this those through to too under until up us use used uses using very via " +
    "want was way we were what what's when where where's whether which while who whose why will with within without " +
    "won't work works would you your"
  ).split(" "),
);

/** Whether a lower-case word carries no meaning of its own in a question. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}
