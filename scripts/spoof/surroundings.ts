import { crop } from '../../models/face/sampling.ts';
import { slopeOf } from './room.ts';
import type { Portrait } from './species.ts';

const SOFT = 0.12; // of the photo's width: what ends more suddenly looks like a sheet

/** The portrait in the middle of three times its width and twice its height: around it a wall in its own colours. */
export function withSurroundings({ photo, face }: Portrait): Portrait {
  const [width, height] = [photo.width * 3, photo.height * 2];
  const [left, top] = [photo.width, Math.floor(photo.height / 2)];
  const whole = { x: 0, y: 0, width: photo.width, height: photo.height };
  const colours = crop(photo, whole, 6, 6, 'area');
  const wall = crop(colours, { x: 0, y: 0, width: 6, height: 6 }, width, height);
  const soft = photo.width * SOFT;
  for (let y = 0; y < photo.height; y += 1) {
    for (let x = 0; x < photo.width; x += 1) {
      const inside = Math.min(x, y, photo.width - 1 - x, photo.height - 1 - y);
      const share = slopeOf(inside - soft, soft);
      const to = ((top + y) * width + left + x) * 3;
      for (let c = 0; c < 3; c += 1) {
        wall.rgb[to + c] = Math.round(
          wall.rgb[to + c]! * (1 - share) + photo.rgb[(y * photo.width + x) * 3 + c]! * share,
        );
      }
    }
  }
  return { photo: wall, face: { ...face, x: face.x + left, y: face.y + top } };
}
