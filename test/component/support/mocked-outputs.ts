/** What AWS, EKS or the dynamic providers would add to a resource's inputs, where the program reads it. */
export function mockedOutputs(
  type: string,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  switch (type) {
    case "eks:index:Cluster":
      return {
        eksCluster: {
          name: inputs["name"],
          arn: `arn:aws:eks:eu-central-1:000000000000:cluster/${String(inputs["name"])}`,
          endpoint: `https://${String(inputs["name"])}.eks.test`,
          certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
        },
        kubeconfigJson: `{"cluster":"${String(inputs["name"])}"}`,
      };
    case "aws:iam/role:Role":
      return {
        name: inputs["name"] ?? name,
        arn: `arn:aws:iam::000000000000:role/${String(inputs["name"] ?? name)}`,
      };
    case "aws:ec2/eip:Eip":
      return { allocationId: `${name}-allocation` };
    case "aws:ecr/repository:Repository":
      return {
        repositoryUrl: `000000000000.dkr.ecr.eu-central-1.amazonaws.com/${String(inputs["name"])}`,
      };
    case "pulumi-nodejs:dynamic/haulway:NatsUser":
      return {
        userId: `${name}-user`,
        publicKey: `U${name}`,
        issuedAt: 1_760_000_000,
        creds: `creds of ${name}`,
      };
    case "pulumi-nodejs:dynamic/haulway:StateStoreDirectory":
      return { commit: "c".repeat(40), tree: "t".repeat(40) };
    default:
      return {};
  }
}
