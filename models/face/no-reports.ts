import process from 'node:process';

/**
 * Otherwise onnxruntime 1.30 sends the names of networks, times and a number made for this machine to its maker, and keeps what it
 * could not send in the user's cache (microsoft/onnxruntime#27379). It looks when the first network is opened, at the variables of
 * the process: to be called on its main thread before that, as those of another thread are a copy.
 */
export function sendNoReports(): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}
