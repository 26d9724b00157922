// Leave one repository out: the variant of the weights that is best on all other repositories answers for the one left
// out. Where fitting pays off only on what was fitted, this figure falls below the plain one.
import { RANKING } from "../../dist/search/constants.js";

const FACTORS = [0.5, 2];
const STEERED = [
  "definition",
  "fileStem",
  "folder",
  "scope",
  "related",
  "coherence",
  "saturation",
  "meaning",
  "meaningUnnamed",
];

/** The weights as they are, and with each of them halved and doubled in turn. */
export function variants() {
  const list = [{ name: "as they are", weights: RANKING }];
  for (const factor of FACTORS) {
    for (const key of STEERED) {
      const value = Math.min(key === "saturation" || key === "related" ? 1 : 9, RANKING[key] * factor);
      list.push({ name: `${key} ${value}`, weights: { ...RANKING, [key]: value } });
    }
    const penalty = RANKING.roles.test * factor;
    const roles = Object.fromEntries(
      Object.entries(RANKING.roles).map(([role, value]) => [role, value === 1 ? 1 : Math.min(1, penalty)]),
    );
    list.push({ name: `penalties ${penalty}`, weights: { ...RANKING, roles } });
  }
  return list;
}

/** `runs` are {name, asked} per variant, with the same questions in the same order. Gives each question's held-out NDCG@10. */
export function heldOut(runs) {
  const questions = runs[0].asked.map(({ question }) => question);
  // Two snapshots of one project are one project.
  const projectOf = ({ repo }) => repo.split("@")[0];
  const projects = [...new Set(questions.map(projectOf))];
  const chosen = new Map(
    projects.map((project) => {
      const score = ({ asked }) =>
        asked.reduce((sum, { ndcg10, question }) => sum + (projectOf(question) === project ? 0 : ndcg10), 0);
      return [project, runs.reduce((best, run) => (score(run) > score(best) ? run : best))];
    }),
  );
  return {
    chosen: Object.fromEntries([...chosen].map(([project, { name }]) => [project, name])),
    asked: questions.map((question, index) => chosen.get(projectOf(question)).asked[index]),
  };
}
