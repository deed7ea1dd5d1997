// Images, disks and first-boot scripts of the hosts.
import * as cdk from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Settings } from './settings';

// This folder, from here as well as from the compiled out/lib.
function home(): string {
  for (let dir = __dirname; ; dir = path.dirname(dir)) {
    if (fs.existsSync(path.join(dir, 'boot.sh'))) return dir;
    if (dir === path.dirname(dir)) throw new Error('boot.sh is missing');
  }
}

const IMAGES = {
  'debian-12': (arch: string) => `/aws/service/debian/release/12/latest/${arch}`,
  'ubuntu-24.04': (arch: string) => `/aws/service/canonical/ubuntu/server/24.04/stable/current/${arch}/hvm/ebs-gp3/ami-id`,
};

export function image(settings: Settings): ec2.IMachineImage {
  const { ami } = settings;
  if (ami) {
    return { getImage: () => ({ imageId: ami, osType: ec2.OperatingSystemType.LINUX, userData: ec2.UserData.forLinux() }) };
  }
  return ec2.MachineImage.fromSsmParameter(IMAGES[settings.os](settings.arm ? 'arm64' : 'amd64'));
}

export function disk(settings: Settings): ec2.BlockDevice {
  const options = { encrypted: true, deleteOnTermination: true, volumeType: ec2.EbsDeviceVolumeType.GP3 };
  return {
    deviceName: settings.os === 'debian-12' ? '/dev/xvda' : '/dev/sda1',
    volume: ec2.BlockDeviceVolume.ebs(20, options),
  };
}

// The given package, or this repository without what git ignores.
export function program(scope: Construct, settings: Settings): s3assets.Asset {
  if (settings.deb) return new s3assets.Asset(scope, 'Program', { path: settings.deb });
  const root = path.resolve(home(), '../..');
  const ignored = fs.readFileSync(path.join(root, '.gitignore'), 'utf8').split('\n').filter((line) => line !== '');
  return new s3assets.Asset(scope, 'Program', {
    path: root,
    exclude: ['.git', ...ignored],
    ignoreMode: cdk.IgnoreMode.GIT,
  });
}

// boot.sh with what it asks for in front of it. Nothing secret: who may describe the instance may read it.
export function bootScript(values: Record<string, string>): ec2.UserData {
  const script = fs.readFileSync(path.join(home(), 'boot.sh'), 'utf8').replace(/^#!.*\n/, '');
  const head = Object.entries(values).map(([name, value]) => `export BOOT_${name}='${value}'\n`);
  return ec2.UserData.custom(`#!/bin/sh\n${head.join('')}${script}`);
}
