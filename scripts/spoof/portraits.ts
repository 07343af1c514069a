import { type Detection, overlap } from '../../models/face/detect.ts';
import type { Picture } from '../../models/face/picture.ts';
import { crop } from '../../models/face/sampling.ts';
import type { Portrait } from './species.ts';

/** Smaller, and the photo itself has not the detail that a print or a screen could show. */
export const MIN_FACE_PX = 80;
/** Room for head and shoulders around a face, in faces, as far as the photo reaches. */
const ROOM = { side: 0.75, above: 0.55, below: 0.8 };

/** The part of `photo` around each face that is large enough and of which no neighbour hides much, faces left to right. */
export function portraitsOf(photo: Picture, faces: readonly Detection[]): Portrait[] {
  return faces
    .filter(({ box }) => box.height >= MIN_FACE_PX)
    .filter((face) => faces.every((other) => other === face || overlap(other.box, face.box) < 0.05))
    .sort((a, b) => a.box.x - b.box.x)
    .map(({ box }) => {
      const beside = faces.filter((other) => other.box !== box).map((other) => other.box);
      const middle = box.x + box.width / 2;
      const level = beside.filter(
        ({ y, height }) => y < box.y + box.height * 1.8 && y + height > box.y - box.height / 2,
      );
      const left = Math.max(
        0,
        box.x - box.height * ROOM.side,
        ...level.filter(({ x }) => x < middle).map((o) => o.x + o.width),
      );
      const right = Math.min(
        photo.width,
        box.x + box.width + box.height * ROOM.side,
        ...level.filter(({ x }) => x > middle).map((o) => o.x),
      );
      const [x, y] = [Math.floor(left), Math.floor(Math.max(0, box.y - box.height * ROOM.above))];
      const width = Math.floor(right) - x;
      const height = Math.floor(Math.min(photo.height, box.y + box.height * (1 + ROOM.below))) - y;
      return {
        photo: crop(photo, { x, y, width, height }, width, height),
        face: { ...box, x: box.x - x, y: box.y - y },
      };
    })
    .filter(({ photo: { width }, face }) => width > face.width);
}
