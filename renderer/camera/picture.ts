/** The longer side. The detector looks at 640 px; 960 keeps a face at arm's length sharp and a frame near 100 KB. */
const FRAME_PX = 960;
/** A spot a 32nd of the picture wide and no brighter than this of 255: a covered lens with its noise. At night a face before the lit screen has 30 and more. */
const BLACK = 16;
const SPOTS = { width: 32, height: 18 };

/** The picture that the camera gives now; its `timestamp` tells it from the one before. Whoever takes it closes it. */
export function pictureOf(video: HTMLVideoElement): VideoFrame | undefined {
  try {
    return new VideoFrame(video);
  } catch (error) {
    // WebCodecs 9.4.2: while there is none. The element's `readyState` says so too early.
    if (error instanceof DOMException && error.name === 'InvalidStateError') return undefined;
    throw error;
  }
}

/** Where pictures are drawn to be encoded. In main memory: a JPEG is made there, in Chromium as fast as in any other way (8 ms). */
export class Drawing {
  readonly #whole = document.createElement('canvas');
  readonly #spots = Object.assign(document.createElement('canvas'), SPOTS);

  /** At most 960 px wide and high, as the camera sees it. */
  draw(picture: VideoFrame): void {
    const { displayWidth, displayHeight } = picture;
    const scale = Math.min(1, FRAME_PX / Math.max(displayWidth, displayHeight));
    const width = Math.round(displayWidth * scale);
    const height = Math.round(displayHeight * scale);
    if (this.#whole.width !== width || this.#whole.height !== height) Object.assign(this.#whole, { width, height });
    contextOf(this.#whole).drawImage(picture, 0, 0, width, height);
  }

  /** Whether nothing of what was drawn is brighter than a covered lens. */
  isBlack(): boolean {
    const spots = contextOf(this.#spots);
    spots.drawImage(this.#whole, 0, 0, SPOTS.width, SPOTS.height);
    const { data } = spots.getImageData(0, 0, SPOTS.width, SPOTS.height);
    return data.every((value, index) => index % 4 === 3 || value <= BLACK);
  }

  /** `quality`: 0 to 1. */
  jpeg(quality: number): Promise<Blob | null> {
    return new Promise((resolve) => this.#whole.toBlob(resolve, 'image/jpeg', quality));
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('the browser gives no 2d context');
  return context;
}
