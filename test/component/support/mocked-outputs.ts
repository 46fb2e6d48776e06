/** What AWS, EKS or the dynamic providers would add to a resource's inputs, where the program reads it. */
export function mockedOutputs(
  type: string,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const physicalName = (inputs["name"] as string | undefined) ?? name;
  switch (type) {
    case "eks:index:Cluster":
      return {
        eksCluster: {
          name: physicalName,
          arn: `arn:aws:eks:eu-central-1:000000000000:cluster/${physicalName}`,
          endpoint: `https://${physicalName}.eks.test`,
          certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
          version: inputs["version"],
        },
        clusterSecurityGroupId: `${physicalName}-security-group`,
        kubeconfigJson: `{"cluster":"${physicalName}"}`,
      };
    case "aws:iam/role:Role":
      return {
        name: physicalName,
        arn: `arn:aws:iam::000000000000:role/${physicalName}`,
      };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { arn: `arn:aws:logs:eu-central-1:000000000000:log-group:${physicalName}` };
    case "aws:kms/key:Key":
      return { arn: `arn:aws:kms:eu-central-1:000000000000:key/${name}`, keyId: `${name}-key` };
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return { latestVersion: 7 };
    case "aws:ec2/eip:Eip":
      return { allocationId: `${name}-allocation` };
    case "aws:ecr/repository:Repository":
      return {
        repositoryUrl: `000000000000.dkr.ecr.eu-central-1.amazonaws.com/${physicalName}`,
      };
    case "pulumi-nodejs:dynamic/haulway:NatsUser":
      return {
        userId: `${name}-user`,
        publicKey: `U${name}`,
        issuedAt: 1_760_000_000,
        expiresAt: 0,
        reason: "none yet",
        superseded: [
          { publicKey: `U${name}`, issuedAt: 1_759_000_000, retireAt: 1_760_086_400, reason: "none yet" },
        ],
        creds: { [`U${name}.1760000000.creds`]: `creds of ${name}`, "nats.creds": `creds of ${name}` },
      };
    case "pulumi-nodejs:dynamic/haulway:CredentialRetirement":
      return { retired: { "claims/intake/publisher": "Uclaims-intake-publisher.1760000000" } };
    case "pulumi-nodejs:dynamic/haulway:SealedSecretData":
      return { encryptedData: { "nats.creds": `sealed for ${name}` } };
    case "pulumi-nodejs:dynamic/haulway:StateStoreDirectory":
      return { commit: "c".repeat(40), tree: "t".repeat(40) };
    default:
      return {};
  }
}
