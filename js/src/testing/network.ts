// The network of the testing kit.

import type { Answer } from '../border.js';
import type { Send } from '../core/network.js';
import { recordsOfBody } from './decode.js';
import { type Recorder, statusOf, textOfAnswer } from './recorder.js';

/** Replaces the network: passes what is sent to a recorder, or fails. */
export class TestNetwork {
  private failing: number | undefined;
  /** Whether requests were made to fail at any time. */
  hasFailed = false;

  constructor(private readonly recorder: Recorder) {}

  /** Makes every request fail with this status (0 for no network) until it is called with undefined. */
  failWith(status: number | undefined): void {
    this.failing = status;
    this.hasFailed ||= status !== undefined;
  }

  readonly send: Send = async (_mode, url, form): Promise<Answer> => {
    if (this.failing !== undefined) return { status: this.failing, retryAfter: -1, body: '' };
    const answer = await this.recorder.take(recordsOfBody(form));
    const body = textOfAnswer(answer, /[?&]verbose=1(&|$)/.test(url));
    return { status: statusOf(url, answer), retryAfter: -1, body };
  };
}
