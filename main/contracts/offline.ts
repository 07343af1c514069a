import { z } from 'zod';
import type { LocalText } from './common.ts';

/** The way to the platform, as far as it is known. */
export const networkState = z.enum(['unknown', 'online', 'offline']);

/** Whose fault it is, and so whom to call: this machine's network, the line to the platform, or the platform. */
export const offlineCause = z.enum(['machine', 'line', 'platform']);
export type OfflineCause = z.infer<typeof offlineCause>;

/** For technicians: what it means and what to do next. What the resident reads stands in the page's own texts. */
export const offlineAdvice: Readonly<Record<OfflineCause, { readonly what: LocalText; readonly next: LocalText }>> = {
  machine: {
    what: { 'zh-CN': '本机没有接上网络', en: 'this machine has no network' },
    next: {
      'zh-CN': '检查网线、交换机端口或 4G 模块，看本机有没有得到 IP 地址。',
      en: 'Check its cable, the switch port or the mobile modem, and whether it was given an IP address.',
    },
  },
  line: {
    what: { 'zh-CN': '到办事系统的线路不通', en: 'the line to the platform is down' },
    next: {
      'zh-CN': '本机网络正常。请联系网络运维：路由、防火墙、专线，是不是有登录页面或者代理在中间。',
      en: 'The machine’s own network is up. Call the network operator: route, firewall, a login page or a proxy in between.',
    },
  },
  platform: {
    what: { 'zh-CN': '办事系统不接受请求', en: 'the platform does not serve' },
    next: {
      'zh-CN': '网络正常。请联系平台值班；如果是拒绝了本机的凭证，请更换凭证。',
      en: 'The network is up. Call the platform’s operator; where it refuses this terminal’s credential, renew that.',
    },
  },
};
