import { UserError } from "../errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { digestOf } from "./digest.ts";
import { type Answer, interpretAnswer, isLinkOpened } from "./elicitation.ts";
import type { GatedCall, GateOptions, GateOutcome } from "./gated-call.ts";
import { instantDecline, stillPending } from "./messages.ts";
import { explain, type Verdict } from "./policy.ts";
import { type Preview, renderPreview } from "./preview.ts";
import type { Proposal } from "./proposal.ts";
import { buildQuestion } from "./question.ts";
import { type CallBinding, checkBinding, decided } from "./refusal.ts";
import type { ApprovalRequest, ChannelName } from "./request.ts";
import type { ApprovalState } from "./state-codec.ts";
import { waitForDecision } from "./wait.ts";

export type { ApprovalChannel, ElicitationTurn, GatedCall, GateOptions, GateOutcome } from "./gated-call.ts";

/** Faster than a human can read and click: a client that declined by itself. */
const HUMAN_MS = 250;

/** The one way from a gated call to the permission to act. */
export class Gate {
  readonly #options: GateOptions;
  readonly #clock: Clock;
  /** Requests that calls of this process wait for. */
  readonly #waiting = new Set<string>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What would happen to a call, and why, without asking anyone. */
  explain(call: Pick<GatedCall, "tool" | "session" | "isShared" | "principal">, proposal: Proposal): Verdict {
    const { ledger, workspace, own = [] } = this.#options;
    const holder = { workspace, session: call.session, principal: call.principal };
    const isGranted = ({ key }: { key: string }) => ledger.grants.has(holder, key);
    return explain(this.#options.policy(), {
      tool: call.tool,
      proposal,
      isGranted,
      isShared: call.isShared === true,
      own,
    });
  }

  /**
   * Decides about a call: granted (exactly one act), a form to ask with, or refused. Whatever goes wrong on the way
   * refuses; errors that are bugs are thrown.
   */
  async authorise(call: GatedCall): Promise<GateOutcome> {
    let requestId: string | null = call.approvalId ?? null;
    try {
      const proposal = await call.propose();
      const verdict = this.explain(call, proposal);
      const preview = renderPreview(proposal, verdict.protection === null ? [] : [`${verdict.protection}.`]);
      if (call.elicitation?.state !== undefined) {
        const state = this.#openState(call, call.elicitation.state);
        requestId = state.request;
        return await this.#resume(call, state, preview);
      }
      if (requestId !== null) return await this.#await(call, requestId, preview);
      if (verdict.kind !== "ask") return this.#byRule(call, preview, verdict);
      this.#options.limiter.take(call.principal, "approval");
      const request = this.#findOpen(call, preview) ?? this.#create(call, preview, verdict);
      requestId = request.id;
      if (request.status === "approved") return this.#consume(call, request, preview);
      return this.#ask(call, request) ?? (await this.#await(call, requestId, preview));
    } catch (error) {
      if (error instanceof UserError) return { kind: "refused", requestId, error };
      throw error;
    }
  }

  /** The same call once more is the same question, unless the former call still waits for its answer. */
  #findOpen(call: GatedCall, preview: Preview): ApprovalRequest | null {
    const open = this.#options.ledger.findOpen(this.#binding(call, preview));
    return open === null || this.#waiting.has(open.id) ? null : open;
  }

  #create(call: GatedCall, preview: Preview, verdict: Verdict): ApprovalRequest {
    const { tool, session, principal, client } = call;
    const { ledger, workspace } = this.#options;
    const digest = digestOf(call.arguments);
    const scope = verdict.grant;
    return ledger.create({
      workspace,
      tool,
      session,
      principal,
      client,
      arguments: call.arguments,
      digest,
      preview,
      scope,
    });
  }

  /** A rule decides, and is written down like a human's word. */
  #byRule(call: GatedCall, preview: Preview, verdict: Verdict): GateOutcome {
    const { ledger } = this.#options;
    const ruling = verdict.kind === "allow" ? "approve_once" : "deny";
    const [request, outcome] = ledger.atomically(() => {
      const { id } = this.#create(call, preview, verdict);
      const ruled = ledger.decide(id, { verdict: ruling, channel: verdict.by, comment: verdict.reason });
      return [ruled, verdict.kind === "allow" ? this.#consume(call, ruled, preview) : null];
    });
    if (outcome !== null) return outcome;
    const error = new UserError("approval.denied-by-policy", verdict.reason, {
      hint: "Ask the user to change the policy.",
    });
    return { kind: "refused", requestId: request.id, error };
  }

  #ask(call: GatedCall, request: ApprovalRequest): GateOutcome | null {
    const { elicitation } = call;
    if (elicitation === null) return null;
    const { codec, linkTo } = this.#options;
    const question = buildQuestion(request, {
      codec,
      clock: this.#clock,
      modes: elicitation.modes,
      method: elicitation.method,
      where: this.#where(),
      link: linkTo?.(request.id) ?? null,
    });
    return question && { kind: "ask", ...question };
  }

  #openState(call: GatedCall, sealed: string): ApprovalState {
    const { tool, principal, session } = call;
    const binding = {
      method: call.elicitation?.method ?? "",
      tool,
      principal,
      session,
      digest: digestOf(call.arguments),
    };
    return this.#options.codec.open(sealed, binding, this.#clock.wall());
  }

  /** The answer to a question came back: it counts unless another channel was first. */
  async #resume(call: GatedCall, state: ApprovalState, preview: Preview): Promise<GateOutcome> {
    const request = this.#options.ledger.get(state.request);
    checkBinding(request, this.#binding(call, preview));
    if (request.status !== "pending") return this.#consume(call, request, preview);
    const raw = call.elicitation?.responses?.[state.key];
    const again = raw === undefined ? this.#ask(call, request) : null;
    if (again !== null) return again;
    // A link that was opened decides nothing: the page does.
    if (state.mode === "url" && isLinkOpened(raw)) return this.#await(call, request.id, preview);
    const answer = interpretAnswer(raw);
    const instant = this.#clock.monotonic() - state.asked < HUMAN_MS;
    const settled = this.#settle(request.id, answer, "elicitation", instant);
    if (settled.status !== "pending") return this.#consume(call, settled, preview);
    throw answer.kind === "dismiss" && instant
      ? instantDecline(settled, this.#where())
      : stillPending(settled, this.#where());
  }

  /** Waits for whichever channel is first. */
  async #await(call: GatedCall, id: string, preview: Preview): Promise<GateOutcome> {
    const { ledger, channels } = this.#options;
    const request = ledger.get(id);
    checkBinding(request, this.#binding(call, preview));
    const over = new AbortController();
    const signal = AbortSignal.any([call.signal, over.signal]);
    const asking = channels.flatMap((channel) =>
      channel.ask && request.status === "pending" ? [{ channel, ask: channel.ask }] : [],
    );
    const started = this.#clock.monotonic();
    for (const { channel, ask } of asking) {
      // A channel that fails leaves the question to the others.
      void ask(request, signal).then(
        (answer) => {
          if (!signal.aborted) this.#settle(id, answer, channel.name, this.#clock.monotonic() - started < HUMAN_MS);
        },
        () => {},
      );
    }
    if (request.status === "pending") call.onWaiting?.(request, this.#where());
    const waitMs = Math.min(call.waitMs ?? ledger.timeoutMs, ledger.timeoutMs);
    this.#waiting.add(id);
    const settled = await waitForDecision(ledger, id, { signal: call.signal, waitMs }).finally(() => {
      this.#waiting.delete(id);
      over.abort();
    });
    if (settled.status === "pending" && !call.signal.aborted) throw stillPending(settled, this.#where());
    if (settled.status !== "approved" || call.signal.aborted) return this.#consume(call, settled, preview);
    return this.#consume(call, settled, renderPreview(await call.propose()));
  }

  /** Writes an answer down; a dismissal that no human made leaves the request to the other channels. */
  #settle(id: string, answer: Answer, channel: ChannelName, instant: boolean): ApprovalRequest {
    const { ledger } = this.#options;
    const request = ledger.get(id);
    if (request.status !== "pending" || (answer.kind === "dismiss" && (instant || answer.how === "cancel")))
      return request;
    const verdict =
      answer.kind !== "approve" ? "deny" : answer.scope === "session" ? "approve_session" : "approve_once";
    return ledger.decide(id, { verdict, channel, comment: commentOf(answer) });
  }

  #consume(call: GatedCall, request: ApprovalRequest, preview: Preview): GateOutcome {
    const { ledger } = this.#options;
    if (call.signal.aborted) {
      const cancelled = ledger.cancel(request.id, "the caller went away");
      throw decided(cancelled);
    }
    const consumed = ledger.consume(request.id, this.#binding(call, preview));
    return { kind: "granted", requestId: consumed.id, channel: consumed.channel ?? "", comment: consumed.reason };
  }

  #binding(call: GatedCall, preview: Preview): CallBinding {
    const { tool, session, principal } = call;
    const { workspace } = this.#options;
    return { workspace, tool, session, principal, digest: digestOf(call.arguments), previewDigest: preview.digest };
  }

  #where(): string {
    const places = this.#options.channels.flatMap((channel) => channel.where() ?? []);
    return places.join(", or ");
  }
}

function commentOf(answer: Answer): string | null {
  switch (answer.kind) {
    case "approve":
    case "deny":
      return answer.comment;
    case "dismiss":
      return "declined";
    case "malformed":
      return "the client's answer was no answer to the question";
  }
}
