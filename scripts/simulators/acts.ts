import type { FaultyFarEnd } from '../../drivers/simulation/faulty-far-end.ts';
import type { SimulatedAct } from '../../main/control/simulation-protocol.ts';

/** Something that a hand can do in the lobby. `perform` says what has been done, in a sentence; rejects where it cannot be. */
export interface Act extends SimulatedAct {
  readonly perform: (value: string) => Promise<string> | string;
}

/** An act that is not there, or not with this value: for the person who asked. */
export class ActError extends Error {
  override readonly name = 'ActError';
  readonly code = 'no-such-act';
}

/** Does what was asked, where it is among `acts`. Rejects with an ActError that says what there is instead. */
export async function perform(acts: readonly Act[], device: string, act: string, value = ''): Promise<string> {
  const ofDevice = acts.filter((each) => each.device === device);
  if (ofDevice.length === 0) {
    const devices = [...new Set(acts.map((each) => each.device))].join(', ');
    throw new ActError(`there is no simulated "${device}"; there are ${devices}`);
  }
  const wanted = ofDevice.find((each) => each.act === act);
  if (!wanted) {
    throw new ActError(`nobody can "${act}" a ${device}; one can ${ofDevice.map((each) => each.act).join(', ')}`);
  }
  const { values } = wanted;
  if (values && !values.includes('…') && !values.includes(value)) {
    throw new ActError(`${device} ${act} takes ${values.join(', ')}, not "${value}"`);
  }
  return await wanted.perform(value);
}

interface Cable {
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

/** What can happen to the line of any simulated device. */
export function lineActs(device: string, cable: Cable, farEnd?: FaultyFarEnd): Act[] {
  const acts: Act[] = [
    {
      device,
      act: 'unplug',
      what: 'pull its cable',
      perform: async () => {
        await cable.unplug();
        return `${device} is unplugged`;
      },
    },
    {
      device,
      act: 'plug',
      what: 'put its cable back',
      perform: async () => {
        await cable.plug();
        return `${device} is plugged in`;
      },
    },
  ];
  if (!farEnd) return acts;
  return [
    ...acts,
    {
      device,
      act: 'silence',
      what: 'it hears nothing and says nothing, and its line looks well',
      values: ['on', 'off'],
      perform: (value) => {
        farEnd.silent = value === 'on';
        return `${device} ${farEnd.silent ? 'is silent' : 'speaks'}`;
      },
    },
    {
      device,
      act: 'garble',
      what: 'one bit is wrong in so many of its next answers',
      values: ['…'],
      perform: (value) => {
        const times = Number(value || 1);
        if (!Number.isInteger(times) || times < 1 || times > 10_000)
          throw new ActError(`garble takes 1 to 10000, not "${value}"`);
        farEnd.garbles = times;
        return `the next ${times} answers of ${device} are garbled`;
      },
    },
  ];
}
