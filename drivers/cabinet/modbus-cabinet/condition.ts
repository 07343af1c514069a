import {
  type CabinetCondition,
  cabinetAlarms,
  cabinetDoors,
  type LightPlace,
  type LightRate,
  lightPlaces,
  type Observed,
} from '../contract.ts';
import { type ModbusCabinetOptions, pointsOf, Readings } from './register-map.ts';

/** What the board shows, in the class's words. A point that was not read is `unknown`. */
export function conditionOf(
  map: ModbusCabinetOptions,
  readings: Readings,
  confirmed: (place: LightPlace) => LightRate | undefined,
): CabinetCondition {
  const points = pointsOf(map);
  const stands = (point: Parameters<Readings['at']>[0] | undefined): boolean | undefined | 'not-fitted' =>
    point ? readings.at(point) : 'not-fitted';
  const two = <No extends string, Yes extends string>(
    standing: ReturnType<typeof stands>,
    no: No,
    yes: Yes,
  ): Observed<No | Yes> => {
    if (standing === 'not-fitted') return 'not-supported';
    return standing === undefined ? 'unknown' : standing ? yes : no;
  };
  return {
    doors: byName(cabinetDoors, (name) => {
      const door = points.doors[name];
      const open = two(stands(door?.open), 'closed', 'open');
      const bolted = two(stands(door?.locked), 'not-locked', 'locked');
      if (bolted !== 'locked') return open;
      if (open === 'open') return 'tampered';
      return open === 'closed' ? 'locked' : open;
    }),
    operatorSwitch: switchOf(stands(points.maintenance), stands(points.supervisor)),
    alarms: byName(cabinetAlarms, (name) => two(stands(points.alarms[name]), 'off', 'on')),
    proximity: two(stands(points.proximity), 'not-present', 'present'),
    lights: byName(lightPlaces, (place) => (map.lights[place] ? (confirmed(place) ?? 'unknown') : 'not-supported')),
  };
}

/** While nothing of the board is known. */
export function unknownCondition(map: ModbusCabinetOptions): CabinetCondition {
  return conditionOf(map, new Readings(), () => undefined);
}

type Standing = boolean | undefined | 'not-fitted';

function switchOf(maintenance: Standing, supervisor: Standing): CabinetCondition['operatorSwitch'] {
  if (maintenance === 'not-fitted') return 'not-supported';
  if (maintenance === undefined || supervisor === undefined) return 'unknown';
  if (supervisor === true) return 'supervisor';
  return maintenance ? 'maintenance' : 'run';
}

function byName<Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
