import { expect, test } from 'vitest';
import { CodeStream, encodeCode, type Terminator } from '../../../../drivers/barcode-scanner/serial-scanner/codec.ts';
import { encodeHoneywellReply } from '../../../../drivers/barcode-scanner/serial-scanner/honeywell.ts';
import { encodeNewlandReply } from '../../../../drivers/barcode-scanner/serial-scanner/newland.ts';
import { encodeOemReply } from '../../../../drivers/barcode-scanner/serial-scanner/oem-engine.ts';
import { type Profile, profiles } from '../../../../drivers/barcode-scanner/serial-scanner/profiles.ts';
import { streamDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import { Noise } from '../../../support/noise.ts';

const PAYLOAD = Buffer.from(`https://example.gov.cn/v?id=${'1'.repeat(300)}`);
const CODE = encodeCode(PAYLOAD, 'cr');

/** The longest code, its line end not yet come. */
const MAX_BYTES = 4_096;

function decoder(
  { readReply, heartbeat }: Profile,
  kind: 'code' | 'reply',
  frame: Uint8Array,
  terminator: Terminator = 'line',
) {
  return () => {
    const stream = new CodeStream({ terminator, maxCodeBytes: MAX_BYTES, readReply, heartbeat });
    let found = 0;
    return {
      push: (chunk: Uint8Array) => {
        const heard = stream.push(chunk).filter((each) => each.kind === kind);
        // Noise with a line end in it is a code like any other.
        found += heard.filter(
          (each) => each.kind === 'reply' || (each.kind === 'code' && each.bytes.length === PAYLOAD.length),
        ).length;
      },
      frame,
      found: () => found,
      heldBytes: () => stream.heldBytes,
      maxFrameBytes: MAX_BYTES,
      quiet: () => stream.startAnew(),
    };
  };
}

for (const profile of Object.values(profiles)) {
  streamDecoderConformance(`the codes of profile ${profile.id}`, decoder(profile, 'code', CODE));
}
for (const terminator of ['cr', 'lf', 'crlf'] as const) {
  const frame = encodeCode(PAYLOAD, terminator);
  streamDecoderConformance(`codes that end in ${terminator}`, decoder(profiles.generic, 'code', frame, terminator));
}
streamDecoderConformance(
  'the replies of Honeywell',
  decoder(profiles.honeywell, 'reply', encodeHoneywellReply('TERMID130', 6, '.')),
);
streamDecoderConformance(
  'the replies of Newland',
  decoder(profiles.newland, 'reply', encodeNewlandReply('@', 'SCNMOD0', 6)),
);
streamDecoderConformance(
  'the replies of OEM engines',
  decoder(profiles['oem-engine'], 'reply', encodeOemReply(0, [1, 2, 3])),
);

// Not for the suite above, as three such codes in one piece are one code.
test('codes that end in silence: a million random bytes in random chunks neither throw nor pile up, and the next is found', () => {
  const settings = { terminator: 'gap', maxCodeBytes: MAX_BYTES } as const;
  const { readReply, heartbeat } = profiles.generic;
  const stream = new CodeStream({ ...settings, readReply, heartbeat });
  const noise = new Noise();
  const kinds = new Set<string>();
  const hear = (heard: readonly { readonly kind: string }[]): void => {
    for (const { kind } of heard) kinds.add(kind);
  };
  for (let fed = 0; fed < 1_000_000; ) {
    const chunk = noise.bytes(1 + noise.number(noise.number(8) === 0 ? 5_000 : 80));
    fed += chunk.length;
    hear(stream.push(chunk));
    expect(stream.heldBytes).toBeLessThanOrEqual(MAX_BYTES);
    if (noise.number(20) === 0) hear(stream.quiet());
  }
  expect([...kinds].sort()).toEqual(['code', 'too-long']);
  stream.quiet();
  for (let cut = 1; cut < PAYLOAD.length; cut += 1) {
    expect([...stream.push(PAYLOAD.subarray(0, cut)), ...stream.push(PAYLOAD.subarray(cut))]).toEqual([]);
    expect(stream.quiet()).toEqual([{ kind: 'code', bytes: Uint8Array.from(PAYLOAD) }]);
  }
});
