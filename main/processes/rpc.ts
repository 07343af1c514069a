import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type Logger,
  type MessageReader,
  type MessageWriter,
  NotificationType,
  RequestType,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { CodedError } from '../../drivers/core/index.ts';

/** What one process asks of another: requests with an answer, and events that nobody answers. The receiving end checks. */
export interface RpcContract {
  readonly methods: Readonly<
    Record<string, { readonly params: z.ZodType; readonly result: z.ZodType; readonly deadlineMs: number }>
  >;
  readonly events: Readonly<Record<string, z.ZodType>>;
}

/** Where there is nothing to say. JSON-RPC has no `undefined`. */
export const nothing = z.union([z.null(), z.void()]);

export type Params<C extends RpcContract, M extends keyof C['methods']> = z.infer<C['methods'][M]['params']>;
export type Result<C extends RpcContract, M extends keyof C['methods']> = z.infer<C['methods'][M]['result']>;
export type EventOf<C extends RpcContract, E extends keyof C['events']> = z.infer<C['events'][E]>;

/**
 * A failure told by the other process. Of a thrown error only code and message cross: the other side's own closed code, or
 * `process-down`, `timeout`, `canceled`, `bad-message`.
 */
export class RemoteError extends CodedError {
  override readonly name = 'RemoteError';
}

const CODE_IN_DATA = -32_000; // JSON-RPC 2.0, 5.1: first of the codes left to implementations
const codeInData = z.object({ code: z.string() });

export type Handlers<C extends RpcContract> = {
  readonly [M in keyof C['methods']]: (params: Params<C, M>, signal: AbortSignal) => Promise<Result<C, M>>;
};

export interface Wire {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
}

/** Answers `contract` on `wire`, and calls off what is under way when the other end goes away. The returned function sends an event. */
export function serve<C extends RpcContract>(
  contract: C,
  wire: Wire,
  handlers: Handlers<C>,
): <E extends keyof C['events'] & string>(event: E, payload: EventOf<C, E>) => void {
  const connection = createMessageConnection(wire.reader, wire.writer);
  const underWay = new Set<AbortController>();
  connection.onClose(() => {
    for (const work of underWay) work.abort(new RemoteError('canceled', 'whoever asked has gone'));
    connection.dispose(); // and what it asked besides is not begun
  });
  for (const [name, method] of Object.entries(contract.methods)) {
    connection.onRequest(new RequestType<unknown, unknown, { code: string }>(name), async (raw, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort(new RemoteError('canceled', `${name} was canceled`)));
      const params = method.params.safeParse(raw);
      if (!params.success) {
        // Only paths and rules: a value may be personal.
        const where = params.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`).join(', ');
        return new ResponseError(CODE_IN_DATA, `${name}: parameters of an unknown shape: ${where}`, BAD_MESSAGE);
      }
      underWay.add(abort);
      try {
        return await handlers[name as keyof C['methods']](params.data as never, abort.signal);
      } catch (error) {
        return new ResponseError(CODE_IN_DATA, error instanceof Error ? error.message : String(error), {
          code: codeInData.safeParse(error).data?.code ?? 'failed',
        });
      } finally {
        underWay.delete(abort);
      }
    });
  }
  connection.listen();
  return (event, payload) => {
    // Fails, and on a closed connection throws, only when the other end is gone; whoever waits for it has its own way to know.
    const sent = (async () => connection.sendNotification(new NotificationType<unknown>(event), payload))();
    sent.catch(() => undefined);
  };
}

const BAD_MESSAGE = { code: 'bad-message' } as const;

export interface RpcClient<C extends RpcContract> {
  /** Rejects with a RemoteError, also after the method's deadline; with the signal's reason when it aborts. */
  call<M extends keyof C['methods'] & string>(
    method: M,
    params: Params<C, M>,
    signal: AbortSignal,
  ): Promise<Result<C, M>>;
  /** The other process is gone: calls under way and later ones reject with `reason`. */
  dispose(reason: RemoteError): void;
}

export type EventListener<C extends RpcContract> = <E extends keyof C['events'] & string>(
  event: E,
  payload: EventOf<C, E>,
) => void;

/** `onBadMessage` hears of what came and could not be used, without its content. */
export function connect<C extends RpcContract>(
  contract: C,
  wire: Wire,
  onEvent: EventListener<C>,
  onBadMessage: (what: string) => void,
): RpcClient<C> {
  const connection = createMessageConnection(wire.reader, wire.writer, quietly(onBadMessage));
  const down = new AbortController();
  for (const [name, schema] of Object.entries(contract.events)) {
    connection.onNotification(new NotificationType<unknown>(name), (raw) => {
      const parsed = schema.safeParse(raw);
      if (parsed.success) onEvent(name, parsed.data as never);
      else onBadMessage(`event ${name}`);
    });
  }
  connection.listen();
  return {
    async call(method, params, signal) {
      const { result, deadlineMs } = contract.methods[method]!;
      if (down.signal.aborted) throw down.signal.reason;
      signal.throwIfAborted();
      const source = new CancellationTokenSource();
      // Sent at once, and what a closed connection throws becomes a rejection.
      const request = (async () =>
        connection.sendRequest(new RequestType<unknown, unknown, { code: string }>(method), params, source.token))();
      const settled = new AbortController();
      const givenUp = new Promise<never>((_, reject) => {
        const giveUp = (error: unknown): void => {
          source.cancel();
          reject(error);
        };
        const timer = setTimeout(
          () => giveUp(new RemoteError('timeout', `${method}: no answer within ${deadlineMs} ms`)),
          deadlineMs,
        );
        const onAbort = (): void => giveUp(signal.reason);
        const onDown = (): void => reject(down.signal.reason); // nobody is left to be told to stop
        signal.addEventListener('abort', onAbort, { once: true });
        down.signal.addEventListener('abort', onDown, { once: true });
        settled.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          down.signal.removeEventListener('abort', onDown);
        });
      });
      try {
        const answer = result.safeParse(await Promise.race([request, givenUp]));
        if (!answer.success) throw new RemoteError('bad-message', `${method}: an answer of an unknown shape`);
        return answer.data as never;
      } catch (error) {
        throw signal.aborted ? signal.reason : remoteError(error);
      } finally {
        settled.abort();
        request.catch(() => undefined); // given up on: its late failure is nobody's
      }
    },
    dispose(reason) {
      down.abort(reason);
      connection.dispose();
    },
  };
}

/** What the other side answered; anything else is the channel's own: closed, or no longer to be written to. */
function remoteError(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  const { message } = error as Error;
  if (!(error instanceof ResponseError)) return new RemoteError('process-down', message);
  const told = codeInData.safeParse(error.data);
  if (told.success) return new RemoteError(told.data.code, message);
  return new RemoteError(error.code === ErrorCodes.MethodNotFound ? 'bad-message' : 'process-down', message);
}

/** The library's own complaints quote the message that they are about, which may be personal. */
function quietly(onBadMessage: (what: string) => void): Logger {
  const complain = (): void =>
    onBadMessage('a message that is not of this protocol, or an event that was dealt with badly');
  const ignore = (): void => undefined;
  return { error: complain, warn: complain, info: ignore, log: ignore };
}
