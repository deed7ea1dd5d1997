// What `-c name=value` may say, checked: a wrong value ends in an error that names it, before anything is made.
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface Settings {
  readonly stackName: string;
  readonly instanceType: string;
  readonly os: 'debian-12' | 'ubuntu-24.04';
  readonly ami?: string; // instead of the newest image of `os`
  readonly arm: boolean;
  readonly stream: string;
  readonly shards: number; // 0: on-demand
  readonly dashboardCidr?: string; // undefined: the port is closed to everybody
  readonly vpcId?: string; // undefined: a new one
  readonly subnetIds: string[];
  readonly secondaryHosts: number;
  readonly secondaryInstanceType: string;
  readonly deb?: string; // a built package; undefined: the source tree
}

export type Context = (name: string) => unknown;

function text(context: Context, name: string, pattern: RegExp, what: string): string | undefined {
  const value = context(name);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new Error(`context '${name}': ${JSON.stringify(value)} is not ${what}`);
  }
  return value;
}

function count(context: Context, name: string, max: number): number {
  const value = text((key) => (typeof context(key) === 'number' ? String(context(key)) : context(key)), name, /^\d{1,6}$/, 'a number');
  const number = Number(value ?? 0);
  if (number > max) throw new Error(`context '${name}': ${number} is more than ${max}`);
  return number;
}

// "a.b.c.d/1..32", its address the first of its network. /0 is everybody, and refused.
export function checkCidr(value: string): string {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
  const numbers = (found ?? []).slice(1).map(Number);
  const bits = numbers.pop() ?? -1;
  if (!found || numbers.some((part) => part > 255) || bits > 32) {
    throw new Error(`context 'dashboardCidr': '${value}' is neither 'none' nor an IPv4 CIDR as 203.0.113.7/32`);
  }
  if (bits < 8) throw new Error(`context 'dashboardCidr': '${value}' is open to more of the world than a /8; name your own network`);
  const address = numbers.reduce((sum, part) => sum * 256 + part, 0);
  if (address % 2 ** (32 - bits) !== 0) {
    throw new Error(`context 'dashboardCidr': '${value}' has bits beyond its /${bits}`);
  }
  return value;
}

const INSTANCE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

// Graviton families have a g behind their generation: c7g, m8gd, t4g, c7gn.
export function isArm(instanceType: string): boolean {
  return /^([a-z]+\d+g[a-z]*|a1)\./.test(instanceType);
}

export function readSettings(context: Context): Settings {
  const os = text(context, 'os', /^(debian-12|ubuntu-24\.04)$/, "'debian-12' or 'ubuntu-24.04'") ?? 'debian-12';
  const instanceType = text(context, 'instanceType', INSTANCE, 'an instance type as c7g.xlarge') ?? 'c7g.xlarge';
  const secondaryInstanceType =
    text(context, 'secondaryInstanceType', INSTANCE, 'an instance type as c7g.xlarge') ?? instanceType;
  if (isArm(instanceType) !== isArm(secondaryInstanceType)) {
    throw new Error(`context 'secondaryInstanceType': ${secondaryInstanceType} is of another architecture than ${instanceType}`);
  }
  const cidr = text(context, 'dashboardCidr', /./, 'a CIDR');
  const vpcId = text(context, 'vpcId', /^vpc-[0-9a-f]{8}([0-9a-f]{9})?$/, 'a VPC id');
  const subnets = text(context, 'subnetIds', /^subnet-[0-9a-f]{8}([0-9a-f]{9})?(,subnet-[0-9a-f]{8}([0-9a-f]{9})?)*$/, 'subnet ids with commas between');
  if ((vpcId === undefined) !== (subnets === undefined)) {
    throw new Error("context 'vpcId' and 'subnetIds' belong together: the hosts go into these subnets of this VPC");
  }
  const deb = text(context, 'deb', /\.deb$/, 'a .deb file');
  if (deb !== undefined && !fs.existsSync(deb)) throw new Error(`context 'deb': there is no file '${deb}'`);
  return {
    stackName: text(context, 'name', /^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'a stack name') ?? 'Freshet',
    instanceType,
    os: os as Settings['os'],
    ami: text(context, 'ami', /^ami-[0-9a-f]{8}([0-9a-f]{9})?$/, 'an image id'),
    arm: isArm(instanceType),
    stream: text(context, 'stream', /^[a-zA-Z0-9_.-]{1,128}$/, 'a stream name') ?? 'DemoStream',
    shards: count(context, 'shards', 20000),
    dashboardCidr: cidr === undefined || cidr === 'none' ? undefined : checkCidr(cidr),
    vpcId,
    subnetIds: subnets?.split(',') ?? [],
    secondaryHosts: count(context, 'secondaryHosts', 100),
    secondaryInstanceType,
    deb: deb === undefined ? undefined : path.resolve(deb),
  };
}
