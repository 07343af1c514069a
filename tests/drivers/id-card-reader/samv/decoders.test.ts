import { extractText } from '../../../../drivers/id-card-reader/samv/capture.ts';
import { encodeReply, FrameDecoder, MIN_REPLY_LENGTH } from '../../../../drivers/id-card-reader/samv/codec.ts';
import { formatModuleId } from '../../../../drivers/id-card-reader/samv/module-id.ts';
import { joinReadReply, splitReadReply } from '../../../../drivers/id-card-reader/samv/read-reply.ts';
import { decodeText, encodeText } from '../../../../drivers/id-card-reader/samv/text.ts';
import { messageDecoderConformance, streamDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import { citizenCard } from './cards.ts';

const text = encodeText(citizenCard({ name: '样本一' }));

streamDecoderConformance('the frames of SAM_V', () => {
  const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
  let found = 0;
  return {
    push: (chunk) => {
      found += decoder.push(chunk).filter(({ kind }) => kind === 'frame').length;
    },
    frame: encodeReply(0x90, new Uint8Array(1_284).fill(0xaa)),
    found: () => found,
    heldBytes: () => decoder.heldBytes,
    maxFrameBytes: 2_407,
    quiet: () => decoder.discard(),
  };
});

messageDecoderConformance('the text of a card', decodeText, text);
messageDecoderConformance('the data of a read', splitReadReply, joinReadReply(text, new Uint8Array(1_024)).slice());
messageDecoderConformance('the id of a module', formatModuleId, new Uint8Array(16));
messageDecoderConformance(
  'what was recorded at a reader',
  extractText,
  encodeReply(0x90, joinReadReply(text, new Uint8Array(1_024))),
);
