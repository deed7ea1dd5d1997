// The stack: a stream, a primary with its dashboard, perhaps further hosts with secondaries. Destroying it leaves nothing.
import * as cdk from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { hostRole } from './access';
import { charts } from './charts';
import { bootScript, disk, image, program } from './hosts';
import { LINK_PORT, Network, network, WEB_PORT } from './network';
import { Settings } from './settings';

const READY_MINUTES = 45; // packages and a build on the smallest of hosts

export class FreshetStack extends cdk.Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: 'freshet: load tests of a Kinesis data stream' });
    const stream = new kinesis.Stream(this, 'Stream', {
      streamName: settings.stream,
      streamMode: settings.shards > 0 ? kinesis.StreamMode.PROVISIONED : kinesis.StreamMode.ON_DEMAND,
      shardCount: settings.shards > 0 ? settings.shards : undefined,
      encryption: kinesis.StreamEncryption.MANAGED,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    const net = network(this, settings);
    const file = program(this, settings);
    const password = this.emptySecret('Password', 'freshet: login of the dashboard, made by the primary at its first boot');
    const bundle =
      settings.secondaryHosts > 0
        ? this.emptySecret('JoinBundle', 'freshet: what secondary hosts join the primary with, made at its first boot')
        : undefined;
    const primary = this.primary(settings, net, stream, file, password, bundle);
    const secondaries = bundle && this.secondaries(settings, net, stream, file, bundle, primary);
    const board = charts(this, stream, primary, secondaries);
    this.outputs(settings, primary, password, board.dashboardName);
  }

  // Without a value: the value is put in by the host, and never passes CloudFormation.
  private emptySecret(id: string, description: string): secrets.CfnSecret {
    const secret = new secrets.CfnSecret(this, id, { description });
    secret.applyRemovalPolicy(cdk.RemovalPolicy.DESTROY);
    return secret;
  }

  private common(settings: Settings, file: s3assets.Asset): Record<string, string> {
    return {
      REGION: this.region,
      STREAM: settings.stream,
      PROGRAM: file.s3ObjectUrl,
      PROGRAM_KIND: settings.deb ? 'deb' : 'source',
    };
  }

  private primary(
    settings: Settings,
    net: Network,
    stream: kinesis.Stream,
    file: s3assets.Asset,
    password: secrets.CfnSecret,
    bundle?: secrets.CfnSecret,
  ): ec2.Instance {
    const own = [password, ...(bundle ? [bundle] : [])].map((secret) => secret.attrId); // read, to write only what is new
    const role = hostRole(this, 'PrimaryRole', {
      streamArn: stream.streamArn,
      program: { bucket: file.s3BucketName, key: file.s3ObjectKey },
      reads: own,
      writes: own,
      signals: true,
    });
    const made = new ec2.Instance(this, 'Primary', {
      vpc: net.vpc,
      vpcSubnets: net.subnets,
      securityGroup: net.primary,
      role,
      instanceType: new ec2.InstanceType(settings.instanceType),
      machineImage: image(settings),
      userData: bootScript({
        ROLE: 'primary',
        ...this.common(settings, file),
        PASSWORD_SECRET: password.attrId,
        BUNDLE_SECRET: bundle?.attrId ?? '',
        WEB_HOST: settings.dashboardCidr ? '*' : '127.0.0.1',
        WEB_PORT: String(WEB_PORT),
        LINK_PORT: String(LINK_PORT),
        STACK: this.stackName,
        RESOURCE: 'Primary',
      }),
      blockDevices: [disk(settings)],
      httpTokens: ec2.HttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      associatePublicIpAddress: true,
      ssmSessionPermissions: false,
    });
    made.instance.overrideLogicalId('Primary'); // the script names it when it tells that the host is ready
    made.instance.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout: `PT${READY_MINUTES}M` } };
    if (settings.vpcId) made.instance.addPropertyDeletionOverride('AvailabilityZone');
    made.instance.node.addDependency(...net.reached); // the first boot fetches packages
    return made;
  }

  private secondaries(
    settings: Settings,
    net: Network,
    stream: kinesis.Stream,
    file: s3assets.Asset,
    bundle: secrets.CfnSecret,
    primary: ec2.Instance,
  ): autoscaling.AutoScalingGroup {
    const role = hostRole(this, 'SecondaryRole', {
      streamArn: stream.streamArn,
      program: { bucket: file.s3BucketName, key: file.s3ObjectKey },
      reads: [bundle.attrId],
      writes: [],
      signals: false,
    });
    const template = new ec2.LaunchTemplate(this, 'SecondaryTemplate', {
      instanceType: new ec2.InstanceType(settings.secondaryInstanceType),
      machineImage: image(settings),
      securityGroup: net.secondaries,
      role,
      userData: bootScript({
        ROLE: 'secondary',
        ...this.common(settings, file),
        BUNDLE_SECRET: bundle.attrId,
        PRIMARY_HOST: primary.instancePrivateIp,
        LINK_PORT: String(LINK_PORT),
      }),
      blockDevices: [disk(settings)],
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      associatePublicIpAddress: true,
    });
    const group = new autoscaling.AutoScalingGroup(this, 'Secondaries', {
      vpc: net.vpc,
      vpcSubnets: net.subnets,
      launchTemplate: template,
      minCapacity: settings.secondaryHosts,
      maxCapacity: settings.secondaryHosts,
      updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({ maxBatchSize: settings.secondaryHosts }),
    });
    group.node.addDependency(primary.instance); // the bundle is there once the primary has told that it is ready
    return group;
  }

  private outputs(settings: Settings, primary: ec2.Instance, password: secrets.CfnSecret, board: string): void {
    const show = (name: string, description: string, value: string) =>
      new cdk.CfnOutput(this, name, { description, value });
    const session = `aws ssm start-session --region ${this.region} --target ${primary.instanceId}`;
    const host = settings.dashboardCidr ? primary.instancePublicDnsName : 'localhost';
    show('DashboardUrl', 'The dashboard; its certificate is its own, see Login', `https://${host}:${WEB_PORT}/`);
    show(
      'Login',
      "Prints the dashboard's user, password and the certificate's SHA-256",
      `aws secretsmanager get-secret-value --region ${this.region} --secret-id ${password.attrId} --query SecretString --output text`,
    );
    show('Shell', 'A shell on the host, without SSH', session);
    show(
      'PortForward',
      `The dashboard at https://localhost:${WEB_PORT}/ while this runs, with no port open`,
      `${session} --document-name AWS-StartPortForwardingSession --parameters portNumber=${WEB_PORT},localPortNumber=${WEB_PORT}`,
    );
    show('CloudWatchDashboard', 'Stream and hosts in CloudWatch', board);
  }
}
