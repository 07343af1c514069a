import { describe, expect, test } from 'vitest';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import { licencePrinterModels, receiptPrinterModels } from '../../printers/catalog.ts';
import { loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';

describe('the catalog of printers', () => {
  test('has an ESC/POS receipt printer, made for its profile without touching a port', async () => {
    const [model] = receiptPrinterModels;
    const line = new SimulatedLine(new EscposSimulator());
    expect(model).toMatchObject({ id: 'escpos', class: 'receipt-printer', transports: ['serial', 'usb', 'tcp'] });
    const driver = await model?.create(line, { profile: 'generic-58' });
    expect([driver?.status.value.state, line.openChannels]).toEqual(['starting', 0]);
  });

  test('refuses a profile that it does not have or is not told, and options that it does not know', async () => {
    const [model] = receiptPrinterModels;
    const line = new SimulatedLine(new EscposSimulator());
    await expect(model?.create(line, { profile: '../../package' })).rejects.toThrow(/No printer profile/);
    await expect(model?.create(line, {})).rejects.toThrow(/printers\/escpos\/profiles/);
    await expect(model?.create(line, { profile: 'generic-80', paper: 'A4' })).rejects.toThrow(/paper/);
  });

  test('has an IPP licence printer, which is given an address', async () => {
    const [model] = licencePrinterModels;
    expect(model).toMatchObject({ id: 'ipp', class: 'licence-printer', transports: ['http'] });
    const driver = await model?.create(undefined, { url: 'ipp://printer.example/ipp/print' });
    expect(driver?.status.value.state).toBe('starting');
    await expect(model?.create(undefined, { url: 'file:///etc/passwd' })).rejects.toThrow();
  });

  test.each(profileIds())('profile %s is whole, and named like its file', (id) => {
    expect(loadProfile(id).id).toBe(id);
  });
});
