// The template, held against what the stack promises: who may do what, who reaches what, what stays.
import * as cdk from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { checkCidr, isArm, readSettings } from '../lib/settings';
import { FreshetStack } from '../lib/stack';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'freshet-cdk-'));
const deb = path.join(scratch, 'freshet_0.1.0_arm64.deb');
fs.writeFileSync(deb, 'a package');
after(() => fs.rmSync(scratch, { recursive: true }));

type Values = Record<string, string | number>;

function stackOf(values: Values): cdk.Stack {
  const app = new cdk.App({ outdir: fs.mkdtempSync(path.join(scratch, 'out')) });
  const settings = readSettings((name) => ({ deb, ...values })[name]);
  return new FreshetStack(app, settings.stackName, settings);
}

const made = new Map<string, Template>();
function template(values: Values = {}): Template {
  const key = JSON.stringify(values);
  if (!made.has(key)) made.set(key, Template.fromStack(stackOf(values)));
  return made.get(key) as Template;
}

const fleet: Values = { secondaryHosts: 3, dashboardCidr: '203.0.113.0/24' };
const given: Values = {
  ...fleet,
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
};
const everyKind = [{}, fleet, given, { os: 'ubuntu-24.04' }, { shards: 1000, ami: 'ami-0123456789abcdef0' }];

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}
interface Rule {
  CidrIp?: string;
  CidrIpv6?: string;
  IpProtocol: string;
  FromPort: number;
  ToPort: number;
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

function statements(from: Template): Statement[] {
  assert.deepEqual(from.findResources('AWS::IAM::Policy'), {}, 'every policy stands in its role');
  assert.deepEqual(from.findResources('AWS::IAM::ManagedPolicy'), {});
  return Object.values(from.findResources('AWS::IAM::Role')).flatMap((role) => {
    assert.equal(role['Properties'].ManagedPolicyArns, undefined, 'managed policies grant more than is needed');
    return role['Properties'].Policies.flatMap((one: { PolicyDocument: { Statement: Statement[] } }) => one.PolicyDocument.Statement);
  });
}

test('no action and no resource is a wildcard, but where AWS knows nothing narrower', () => {
  for (const values of everyKind) {
    for (const one of statements(template(values))) {
      const actions = list(one.Action);
      assert.ok(actions.every((action) => !action.includes('*')), `${actions}`);
      for (const resource of list(one.Resource)) {
        if (actions.every((action) => action.startsWith('ssmmessages:'))) continue; // these know no resource
        if (actions.join() === 'ssm:UpdateInstanceInformation') continue; // the instance comes after its role
        assert.ok(!JSON.stringify(resource).includes('*'), `${actions}: ${JSON.stringify(resource)}`);
      }
    }
  }
});

test('the role does to the stream what a load test does, and nothing to any other', () => {
  const stream = Object.keys(template(fleet).findResources('AWS::Kinesis::Stream'))[0];
  const kinesis = statements(template(fleet)).filter((one) => list(one.Action).some((action) => action.startsWith('kinesis:')));
  assert.equal(kinesis.length, 2); // the primary's and the secondaries'
  for (const one of kinesis) {
    assert.deepEqual([...list(one.Action)].sort(), [
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
      'kinesis:PutRecords',
    ]);
    assert.deepEqual(one.Resource, { 'Fn::GetAtt': [stream, 'Arn'] });
  }
});

test('secondary hosts read the bundle; they neither see the password nor write a secret', () => {
  const roles = template(fleet).findResources('AWS::IAM::Role');
  const policy = (role: string) => JSON.stringify(Object.entries(roles).find(([name]) => name.startsWith(role)));
  assert.match(policy('SecondaryRole'), /JoinBundle/);
  assert.doesNotMatch(policy('SecondaryRole'), /"Password"|PutSecretValue|SignalResource/);
  const secrets = statements(template(fleet)).filter((one) => list(one.Action).some((action) => action.startsWith('secretsmanager:')));
  assert.deepEqual(
    secrets.map((one) => [one.Action, list(one.Resource).map((resource) => (resource as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]).sort()]),
    [
      ['secretsmanager:GetSecretValue', ['JoinBundle', 'Password']],
      ['secretsmanager:PutSecretValue', ['JoinBundle', 'Password']],
      ['secretsmanager:GetSecretValue', ['JoinBundle']],
    ],
  );
});

function rules(from: Template, direction: 'Ingress' | 'Egress'): Rule[] {
  const inGroups = Object.values(from.findResources('AWS::EC2::SecurityGroup')).flatMap(
    (group) => group['Properties'][`SecurityGroup${direction}`] ?? [],
  );
  const alone = Object.values(from.findResources(`AWS::EC2::SecurityGroup${direction}`)).map((rule) => rule['Properties']);
  return [...inGroups, ...alone];
}

test('nothing is open to the world; without a CIDR nothing is open at all', () => {
  assert.deepEqual(rules(template(), 'Ingress'), []);
  for (const values of everyKind) {
    for (const rule of rules(template(values), 'Ingress')) {
      assert.ok(rule.CidrIp !== '0.0.0.0/0' && rule.CidrIpv6 === undefined, JSON.stringify(rule));
      assert.ok(rule.FromPort === rule.ToPort && rule.IpProtocol === 'tcp' && rule.FromPort !== 22, JSON.stringify(rule));
    }
    // Outwards, the two ports on which AWS and the packages are.
    for (const rule of rules(template(values), 'Egress').filter((one) => one.CidrIp === '0.0.0.0/0')) {
      assert.ok(rule.IpProtocol === 'tcp' && [80, 443].includes(rule.FromPort), JSON.stringify(rule));
    }
  }
  const open = rules(template(fleet), 'Ingress').map((rule) => [rule.CidrIp, rule.FromPort]);
  assert.deepEqual(open, [['203.0.113.0/24', 8089], [undefined, 5557]]);
});

test('a primary: the asked type, IMDSv2 alone, an encrypted disk that goes with it, no SSH key', () => {
  template().hasResource('AWS::EC2::Instance', {
    CreationPolicy: { ResourceSignal: { Count: 1 } },
    Properties: {
      InstanceType: 'c7g.xlarge',
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      KeyName: Match.absent(),
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, DeleteOnTermination: true } }],
    },
  });
  template(fleet).hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' }, KeyName: Match.absent() },
  });
});

test('it boots after the way to the internet is there', () => {
  const primary = Object.values(template().findResources('AWS::EC2::Instance'))[0];
  const routes = Object.keys(template().findResources('AWS::EC2::Route'));
  assert.ok(routes.length > 0 && routes.every((route) => primary?.['DependsOn'].includes(route)), `${primary?.['DependsOn']}`);
});

test('images come from the public parameters, for the architecture of the instance type', () => {
  const parameter = (values: Values) =>
    Object.values(template(values).findParameters('*', { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>' })).map(
      (one) => one['Default'],
    );
  assert.deepEqual(parameter({}), ['/aws/service/debian/release/12/latest/arm64']);
  assert.deepEqual(parameter({ instanceType: 'c7i.xlarge' }), ['/aws/service/debian/release/12/latest/amd64']);
  assert.deepEqual(parameter({ os: 'ubuntu-24.04' }), [
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
  ]);
  assert.deepEqual(parameter({ shards: 1000, ami: 'ami-0123456789abcdef0' }), []);
});

test('the stream is on demand and named; with shards it is provisioned', () => {
  template().hasResource('AWS::Kinesis::Stream', {
    DeletionPolicy: 'Delete',
    Properties: { Name: 'DemoStream', StreamModeDetails: { StreamMode: 'ON_DEMAND' }, ShardCount: Match.absent() },
  });
  template({ shards: 1000, ami: 'ami-0123456789abcdef0' }).hasResourceProperties('AWS::Kinesis::Stream', {
    ShardCount: 1000,
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
  });
});

test('destroying it leaves nothing', () => {
  for (const values of everyKind) {
    for (const [name, resource] of Object.entries(template(values).toJSON().Resources as Record<string, { DeletionPolicy?: string }>)) {
      assert.ok([undefined, 'Delete'].includes(resource.DeletionPolicy), `${name}: ${resource.DeletionPolicy}`);
    }
  }
});

function userData(from: Template): string[] {
  const hosts = Object.values(from.findResources('AWS::EC2::Instance')).map((one) => one['Properties'].UserData);
  const further = Object.values(from.findResources('AWS::EC2::LaunchTemplate')).map((one) => one['Properties'].LaunchTemplateData.UserData);
  return [...hosts, ...further].map((one) => {
    const parts = one['Fn::Base64']['Fn::Join'][1] as unknown[];
    return parts.map((part) => (typeof part === 'string' ? part : `<${JSON.stringify(part)}>`)).join('');
  });
}

test('secrets have no value in the template, and user data holds none', () => {
  for (const values of everyKind) {
    for (const secret of Object.values(template(values).findResources('AWS::SecretsManager::Secret'))) {
      assert.deepEqual(Object.keys(secret['Properties']), ['Description']);
    }
    for (const text of userData(template(values))) {
      assert.ok(text.startsWith('#!/bin/sh\nexport BOOT_ROLE='));
      assert.doesNotMatch(text, /resolve:secretsmanager|AKIA|BEGIN .*PRIVATE/);
      assert.ok(text.length < 16384 - 512, `${text.length} bytes of user data`); // EC2's limit, and what the tokens become
    }
  }
});

test('the dashboard listens beyond loopback only where its port is open', () => {
  assert.match(userData(template())[0] ?? '', /BOOT_WEB_HOST='127\.0\.0\.1'/);
  assert.match(userData(template(fleet))[0] ?? '', /BOOT_WEB_HOST='\*'/);
});

test('secondary hosts: none by default; as many as asked, after the primary, with its address', () => {
  template().resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 0);
  template().resourceCountIs('AWS::SecretsManager::Secret', 1);
  template(fleet).hasResource('AWS::AutoScaling::AutoScalingGroup', {
    Properties: { MinSize: '3', MaxSize: '3' },
    DependsOn: ['Primary'],
  });
  assert.match(userData(template(fleet))[1] ?? '', /BOOT_PRIMARY_HOST='<\{"Fn::GetAtt":\["Primary","PrivateIp"\]\}>'/);
});

test('a given VPC is used as it is: none is made, and no zone is guessed', () => {
  template(given).resourceCountIs('AWS::EC2::VPC', 0);
  template(given).hasResourceProperties('AWS::EC2::Instance', {
    AvailabilityZone: Match.absent(),
    NetworkInterfaces: [{ SubnetId: 'subnet-0123456789abcdef0' }],
  });
  template(given).hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    VPCZoneIdentifier: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
});

test('outputs: the URL, how to read the login, a shell, the port forward', () => {
  const outputs = template().toJSON().Outputs as Record<string, { Value: unknown }>;
  const value = (name: string) => JSON.stringify(outputs[name]?.Value);
  assert.match(value('DashboardUrl'), /https:\/\/localhost:8089\//);
  assert.match(value('Login'), /get-secret-value .*"Password"/);
  assert.match(value('Shell'), /aws ssm start-session/);
  assert.match(value('PortForward'), /AWS-StartPortForwardingSession/);
  assert.match(JSON.stringify(template(fleet).toJSON().Outputs.DashboardUrl), /PublicDnsName/);
});

test('CloudWatch shows the stream and the hosts', () => {
  const body = JSON.stringify(template(fleet).findResources('AWS::CloudWatch::Dashboard'));
  for (const name of ['IncomingRecords', 'IncomingBytes', 'PutRecords.ThrottledRecords', 'PutRecords.Latency', 'CPUUtilization', 'NetworkOut']) {
    assert.ok(body.includes(name), name);
  }
});

test('nothing is left to be warned about', () => {
  for (const values of [{}, given]) {
    const found = Annotations.fromStack(stackOf(values));
    assert.deepEqual([...found.findWarning('*', Match.anyValue()), ...found.findError('*', Match.anyValue())], []);
  }
});

test('wrong context ends in an error that names it', () => {
  const refused: [Values, RegExp][] = [
    [{ dashboardCidr: '0.0.0.0/0' }, /dashboardCidr.*world/],
    [{ dashboardCidr: '203.0.113.7' }, /dashboardCidr.*neither/],
    [{ dashboardCidr: '203.0.113.7/24' }, /dashboardCidr.*beyond/],
    [{ dashboardCidr: '203.0.113.300/32' }, /dashboardCidr/],
    [{ dashboardCidr: '::/0' }, /dashboardCidr/],
    [{ instanceType: 'big' }, /instanceType/],
    [{ secondaryInstanceType: 'c7i.large' }, /another architecture/],
    [{ os: 'windows' }, /os/],
    [{ stream: "x'; reboot; '" }, /stream/],
    [{ name: 'a b' }, /name/],
    [{ shards: 20001 }, /shards/],
    [{ secondaryHosts: -1 }, /secondaryHosts/],
    [{ vpcId: 'vpc-0123456789abcdef0' }, /belong together/],
    [{ deb: '/nowhere/freshet.deb' }, /no file/],
  ];
  for (const [values, message] of refused) {
    assert.throws(() => readSettings((name) => ({ deb, ...values })[name]), message, JSON.stringify(values));
  }
  assert.equal(readSettings((name) => ({ dashboardCidr: 'none' })[name]).dashboardCidr, undefined);
  assert.equal(checkCidr('10.0.0.0/8'), '10.0.0.0/8');
  assert.equal(checkCidr('203.0.113.7/32'), '203.0.113.7/32');
});

test('Graviton types are known by their name', () => {
  for (const arm of ['c7g.xlarge', 'c7gn.16xlarge', 'm8gd.large', 't4g.small', 'x2gd.large', 'a1.large']) assert.ok(isArm(arm), arm);
  for (const other of ['c7i.large', 'g5.xlarge', 'm7a.large', 't3.micro', 'c5n.large']) assert.ok(!isArm(other), other);
});
