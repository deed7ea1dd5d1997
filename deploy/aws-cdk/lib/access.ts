// What a host may do: its stream, its own secrets, its program's file, and Session Manager. Nothing else.
import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

function allow(actions: string[], ...resources: string[]): iam.PolicyDocument {
  return new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions, resources })] });
}

// The four ssmmessages actions know no resource, so theirs is '*'; an instance's id is not known before its role is.
function sessionManager(stack: cdk.Stack): iam.PolicyDocument {
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        actions: [
          'ssmmessages:CreateControlChannel',
          'ssmmessages:CreateDataChannel',
          'ssmmessages:OpenControlChannel',
          'ssmmessages:OpenDataChannel',
        ],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        actions: ['ssm:UpdateInstanceInformation'],
        resources: [stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' })],
      }),
    ],
  });
}

export interface Access {
  readonly streamArn: string;
  readonly program: { bucket: string; key: string };
  readonly reads: string[]; // secrets
  readonly writes: string[]; // secrets
  readonly signals: boolean; // tells CloudFormation when it is ready
}

export function hostRole(scope: Construct, id: string, access: Access): iam.Role {
  const stack = cdk.Stack.of(scope);
  const policies: Record<string, iam.PolicyDocument> = {
    Stream: allow(
      [
        'kinesis:PutRecords',
        'kinesis:DescribeStreamSummary',
        'kinesis:ListShards',
        'kinesis:GetShardIterator',
        'kinesis:GetRecords',
      ],
      access.streamArn,
    ),
    SessionManager: sessionManager(stack),
    Program: allow(
      ['s3:GetObject'],
      stack.formatArn({ service: 's3', region: '', account: '', resource: access.program.bucket, resourceName: access.program.key }),
    ),
    ReadSecrets: allow(['secretsmanager:GetSecretValue'], ...access.reads),
  };
  if (access.writes.length > 0) policies['WriteSecrets'] = allow(['secretsmanager:PutSecretValue'], ...access.writes);
  if (access.signals) policies['Signal'] = allow(['cloudformation:SignalResource'], stack.stackId);
  return new iam.Role(scope, id, {
    assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    inlinePolicies: policies,
  });
}
