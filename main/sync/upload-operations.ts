import { z } from 'zod';
import { nothing, type Operation } from './operation.ts';
import { materialAnswer } from './schemas.ts';

/** A minute without a part ends an attempt; a line of 5 kB/s brings one in that time. */
const PART_MS = 60_000;
const CONFIRM_MS = 15_000;

const materialId = z.uuid().describe('As the case names it.');
const size = z.string().regex(/^\d{1,12}$/);
const version = { 'tus-resumable': z.literal('1.0.0').describe('The version of the protocol.') };
const spoken = { 'Tus-Resumable': '`1.0.0`' };
const offsetSaid = { ...spoken, 'Upload-Offset': 'How many bytes have arrived.' };
const gone = [
  { status: 404, code: 'upload-unknown', when: 'Nothing was begun at this address, or it was thrown away.' },
  { status: 410, code: 'upload-gone', when: 'It was begun too long ago.' },
  { status: 409, code: 'case-unknown', when: 'The case that names this paper has not arrived.' },
  { status: 423, code: 'locked', when: 'Another request is writing there.' },
];

/** Papers, by tus 1.0.0 (core protocol and creation; https://tus.io/protocols/resumable-upload). */
export const uploadOperations = {
  createUpload: {
    method: 'POST',
    path: '/v1/uploads',
    summary: 'Begin the upload of a paper that a case has named',
    description:
      'tus 1.0.0, creation. The same `materialId` again is the same upload: the answer to the first may have been lost. ' +
      '`Location` is at the platform; a terminal follows no other.',
    credential: 'terminal',
    once: false,
    headers: z.object({
      ...version,
      'upload-length': size.describe('Of the whole, in bytes, as the case says.'),
      'upload-metadata': z.string().max(1_000).describe('`materialId`, a space, and the id in base64.'),
    }),
    body: nothing,
    answer: nothing,
    successes: { 201: 'Begun, now or before.' },
    answerHeaders: { ...spoken, Location: 'Where the parts go.' },
    refusals: [
      { status: 409, code: 'case-unknown', when: 'The case that names this paper has not arrived.' },
      { status: 422, code: 'other-size', when: 'The case has named another size.' },
    ],
    deadlineMs: PART_MS,
  },
  findUpload: {
    method: 'HEAD',
    path: '/v1/uploads/{materialId}',
    summary: 'Ask how much of a paper has arrived',
    credential: 'terminal',
    once: false,
    parts: z.object({ materialId }),
    headers: z.object(version),
    body: nothing,
    answer: nothing,
    successes: { 200: 'So much.' },
    answerHeaders: { ...offsetSaid, 'Upload-Length': 'Of the whole, in bytes.' },
    refusals: gone,
    deadlineMs: PART_MS,
  },
  sendPart: {
    method: 'PATCH',
    path: '/v1/uploads/{materialId}',
    summary: 'Send the next part of a paper',
    description:
      'Parts have 256 KB; a platform takes at least as much, and keeps what it got of a part that was cut off. After the ' +
      'last one it compares the SHA-256 that the case has named.',
    credential: 'terminal',
    once: false,
    parts: z.object({ materialId }),
    headers: z.object({ ...version, 'upload-offset': size.describe('Where the part begins, in bytes.') }),
    body: nothing,
    bodyType: 'application/offset+octet-stream',
    answer: nothing,
    successes: { 204: 'Kept.' },
    answerHeaders: offsetSaid,
    refusals: [
      ...gone,
      { status: 409, code: 'other-offset', when: 'The part does not begin where the last one ended.' },
      {
        status: 460,
        code: 'checksum-mismatch',
        when: 'What arrived is not what the case has named; it was thrown away.',
      },
    ],
    deadlineMs: PART_MS,
  },
  findMaterial: {
    method: 'GET',
    path: '/v1/materials/{materialId}',
    summary: 'Ask whether a paper is whole',
    description: 'Only this answer makes a paper delivered; a terminal then lets go of its own.',
    credential: 'terminal',
    once: false,
    parts: z.object({ materialId }),
    body: nothing,
    answer: materialAnswer,
    successes: { 200: 'It is, and these are its bytes.' },
    refusals: [
      { status: 404, code: 'material-unknown', when: 'It has not arrived whole. The terminal begins anew.' },
      { status: 409, code: 'case-unknown', when: 'The case that names this paper has not arrived.' },
    ],
    deadlineMs: CONFIRM_MS,
  },
} as const satisfies Readonly<Record<string, Operation>>;
