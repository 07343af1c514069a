import type { UsbId } from './model.ts';

/*
 * What transports and discovery need of a machine's buses: types alone, so that a simulated bus can be handed in where the
 * native modules would be. Methods reject with a DeviceError.
 */

export interface UsbEndpoint {
  /** Without the direction bit: 1 for both 0x01 and 0x81. */
  readonly endpointNumber: number;
  readonly direction: 'in' | 'out';
  readonly type: 'bulk' | 'interrupt' | 'control' | 'isochronous';
  readonly packetBytes: number;
}

/** USB 2.0 table 9-12; printers are 07, a vendor's own is FF. */
export interface UsbInterfaceClass {
  readonly classCode: number;
  readonly subclassCode?: number;
  readonly protocolCode?: number;
}

/** One interface as it stands: its active alternate setting. */
export interface UsbInterface extends Required<UsbInterfaceClass> {
  readonly interfaceNumber: number;
  readonly endpoints: readonly UsbEndpoint[];
}

/** Where a device is plugged in. `port` is the path from bus to socket, as Linux writes it: `1-2.3`. */
export interface UsbPlace extends UsbId {
  readonly port: string;
}

export interface UsbBusDevice extends UsbPlace {
  /** Asked for only where it matters: some systems open the device to answer. */
  serialNumber(): string | undefined;
  /** The caller closes the handle. */
  open(): Promise<UsbHandle>;
}

export interface UsbHandle {
  readonly interfaces: readonly UsbInterface[];
  /** Takes the interface from the operating system's driver where one has it, and never from another program. */
  claim(interfaceNumber: number): Promise<void>;
  /** What came in one transfer, at most `bytes`; `undefined` when nothing did within `timeoutMs`. */
  transferIn(endpointNumber: number, bytes: number, timeoutMs: number): Promise<Uint8Array | undefined>;
  transferOut(endpointNumber: number, bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /** The handle is of no use afterwards. */
  reset(): Promise<void>;
  /** Never rejects, and may be called twice. Lets go of the interfaces. */
  close(): Promise<void>;
}

export interface HotPlug {
  /**
   * Tells of devices that come and go until the returned function is called. A machine that cannot tell never calls
   * `listener`. Throws nothing.
   */
  watch(listener: (change: 'connected' | 'disconnected', place: UsbPlace) => void): () => void;
}

export interface UsbBus extends HotPlug {
  /** None on a machine without USB. */
  list(): Promise<readonly UsbBusDevice[]>;
}

/** One top-level collection of a HID device; several may share a `path`. */
export interface HidCollection extends UsbId {
  readonly usagePage: number;
  readonly usage: number;
  /** What `open` takes. Another one after the device was plugged in again. */
  readonly path: string;
  readonly serialNumber?: string;
  /** Where the machine tells it, see `UsbPlace`. */
  readonly port?: string;
}

export interface HidHandle {
  /** One listener each. A report begins with its id, 0 where the device has none. */
  onReport(listener: (report: Uint8Array) => void): void;
  onFailure(listener: (error: Error) => void): void;
  /** An output report, its id first. */
  write(report: Uint8Array): Promise<void>;
  /** Never rejects, and may be called twice. */
  close(): Promise<void>;
}

export interface HidBus extends HotPlug {
  list(): Promise<readonly HidCollection[]>;
  /** The caller closes the handle. */
  open(path: string): Promise<HidHandle>;
}

/** A serial port of this machine, and the USB ids of the adapter that it hangs on. */
export interface SerialPortPlace {
  readonly path: string;
  readonly usb?: UsbId;
}

export interface SerialPorts {
  list(): Promise<readonly SerialPortPlace[]>;
  /** The one name of a port that has several: `/dev/ttyUSB0` for `/dev/serial/by-path/…`. Never rejects. */
  realPath(path: string): Promise<string>;
}
