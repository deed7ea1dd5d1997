// Where the hosts are, and who reaches them: nobody, but for the dashboard's CIDR and each other.
import { Annotations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IDependable } from 'constructs';
import { Settings } from './settings';

export const WEB_PORT = 8089;
export const LINK_PORT = 5557;

export interface Network {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly primary: ec2.SecurityGroup;
  readonly secondaries?: ec2.SecurityGroup;
  readonly reached: IDependable[]; // the ways out; none are known in a given VPC
}

// Public subnets without a NAT gateway: it would cost more than the hosts, and nothing may come in anyway.
function newVpc(scope: Construct): ec2.Vpc {
  const vpc = new ec2.Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'hosts', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 }],
    restrictDefaultSecurityGroup: false,
  });
  vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
  return vpc;
}

// Kinesis, Systems Manager, Secrets Manager, S3 and the packages have public addresses, so these two ports go out to
// any. Names and time come from the VPC itself, past security groups.
function group(scope: Construct, id: string, vpc: ec2.IVpc, description: string): ec2.SecurityGroup {
  const made = new ec2.SecurityGroup(scope, id, { vpc, description, allowAllOutbound: false });
  made.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS and packages');
  made.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80), 'packages');
  return made;
}

// The zones of given subnets are not known without asking AWS, so the hosts don't name theirs.
function givenVpc(scope: Construct, vpcId: string, subnetIds: string[]): ec2.IVpc {
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    availabilityZones: subnetIds.map((_, i) => `zone${i}`),
    publicSubnetIds: subnetIds,
  });
  for (const subnet of vpc.publicSubnets) {
    Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', 'no route is added');
  }
  return vpc;
}

export function network(scope: Construct, settings: Settings): Network {
  const given = settings.vpcId !== undefined;
  const vpc = settings.vpcId ? givenVpc(scope, settings.vpcId, settings.subnetIds) : newVpc(scope);
  const primary = group(scope, 'PrimaryGroup', vpc, 'freshet: the primary');
  if (settings.dashboardCidr) {
    primary.addIngressRule(ec2.Peer.ipv4(settings.dashboardCidr), ec2.Port.tcp(WEB_PORT), 'the dashboard');
  }
  let secondaries: ec2.SecurityGroup | undefined;
  if (settings.secondaryHosts > 0) {
    secondaries = group(scope, 'SecondariesGroup', vpc, 'freshet: secondary hosts');
    primary.addIngressRule(secondaries, ec2.Port.tcp(LINK_PORT), 'secondaries join, encrypted');
    secondaries.addEgressRule(primary, ec2.Port.tcp(LINK_PORT), 'secondaries join, encrypted');
  }
  const subnets = given ? { subnets: vpc.publicSubnets } : { subnetType: ec2.SubnetType.PUBLIC };
  const reached = given ? [] : vpc.publicSubnets.map((subnet) => subnet.internetConnectivityEstablished);
  return { vpc, subnets, primary, secondaries, reached };
}
