import { DeviceError } from '../../core/index.ts';

/** Reply to `12 FF`: two u16 and three u32, little-endian. */
export const MODULE_ID_BYTES = 16;

/** As printed on the module's label, `05.03-20210315-0001234567-4294901761`: generation, date, serial, maker's check. */
export function formatModuleId(data: Uint8Array): string {
  if (data.length !== MODULE_ID_BYTES) {
    throw new DeviceError('protocol', `module id of ${data.length} bytes where ${MODULE_ID_BYTES} are due`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const digits = (value: number, width: number): string => value.toString().padStart(width, '0');
  const [date, serial, last] = [4, 8, 12].map((offset) => view.getUint32(offset, true)) as [number, number, number];
  const generation = `${digits(view.getUint16(0, true), 2)}.${digits(view.getUint16(2, true), 2)}`;
  return `${generation}-${digits(date, 8)}-${digits(serial, 10)}-${digits(last, 10)}`;
}
