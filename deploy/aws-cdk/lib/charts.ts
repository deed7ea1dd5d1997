// The CloudWatch dashboard: what the stream took and refused, and how busy the hosts are.
import * as cdk from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';

const minute = cdk.Duration.minutes(1);

function perSecond(metric: cloudwatch.Metric, label: string): cloudwatch.MathExpression {
  const id = `m_${label.replace(/[^a-z]/g, '_')}`; // of its own, as one chart asks
  return new cloudwatch.MathExpression({ expression: `${id} / PERIOD(${id})`, usingMetrics: { [id]: metric }, label, period: minute });
}

function chart(title: string, left: cloudwatch.IMetric[], unit: string): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 12, height: 6, leftYAxis: { label: unit, showUnits: false, min: 0 } });
}

function host(name: string, dimensionsMap: Record<string, string>, label: string, statistic: string): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: 'AWS/EC2', metricName: name, dimensionsMap, label, statistic, period: minute });
}

export function charts(
  scope: Construct,
  stream: kinesis.Stream,
  primary: ec2.Instance,
  secondaries?: autoscaling.AutoScalingGroup,
): cloudwatch.Dashboard {
  const sum = { statistic: 'Sum', period: minute };
  const hosts: [string, Record<string, string>][] = [['primary', { InstanceId: primary.instanceId }]];
  if (secondaries) hosts.push(['secondary hosts', { AutoScalingGroupName: secondaries.autoScalingGroupName }]);
  const latency = (statistic: string) => stream.metricPutRecordsLatency({ statistic, period: minute, label: statistic });
  const board = new cloudwatch.Dashboard(scope, 'Charts', { defaultInterval: cdk.Duration.hours(3) });
  board.addWidgets(
    chart('Records taken', [perSecond(stream.metricIncomingRecords(sum), 'records/s')], 'records/s'),
    chart('Bytes taken', [perSecond(stream.metricIncomingBytes(sum), 'bytes/s')], 'bytes/s'),
    chart(
      'Records refused',
      [
        perSecond(stream.metricPutRecordsThrottledRecords(sum), 'throttled'),
        perSecond(stream.metricPutRecordsFailedRecords(sum), 'failed'),
      ],
      'records/s',
    ),
    chart('PutRecords, time to answer', [latency('p50'), latency('p99'), latency('Maximum')], 'ms'),
    chart('CPU', hosts.map(([label, by]) => host('CPUUtilization', by, label, 'Average')), '%'),
    chart('Network out', hosts.map(([label, by]) => perSecond(host('NetworkOut', by, label, 'Sum'), label)), 'bytes/s'),
  );
  return board;
}
