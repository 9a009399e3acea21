package simulator

// Of devices, $filter only knows the properties whose descriptions name it, and
// only with the operators that they name; or joins the values of one property
// (learn.microsoft.com/graph/api/resources/intune-devices-manageddevice).
var managedDeviceType = newType("managedDevice", "ManagedDevice", false, all(
	prop("id", kindText, "eq"), prop("userId", kindText, ""), prop("deviceName", kindText, "eq contains"), prop("managedDeviceOwnerType", kindText, "eq"),
	prop("deviceActionResults", kindComplexes, ""), prop("enrolledDateTime", kindInstant, "lt gt"), prop("lastSyncDateTime", kindInstant, "lt gt"),
	prop("operatingSystem", kindText, "eq or"), prop("complianceState", kindText, "eq or"), prop("jailBroken", kindText, "eq or"),
	prop("managementAgent", kindText, "eq or"), prop("osVersion", kindText, "contains"), prop("easActivated", kindFlag, ""),
	prop("easDeviceId", kindText, ""), prop("easActivationDateTime", kindInstant, ""), prop("azureADRegistered", kindFlag, ""),
	prop("deviceEnrollmentType", kindText, ""), prop("activationLockBypassCode", kindText, ""), prop("emailAddress", kindText, "contains"),
	prop("azureADDeviceId", kindText, "eq"), prop("deviceRegistrationState", kindText, ""), prop("deviceCategoryDisplayName", kindText, "eq or"),
	prop("isSupervised", kindFlag, ""), prop("exchangeLastSuccessfulSyncDateTime", kindInstant, ""), prop("exchangeAccessState", kindText, "eq or"),
	prop("exchangeAccessStateReason", kindText, ""), prop("remoteAssistanceSessionUrl", kindText, ""), prop("remoteAssistanceSessionErrorDetails", kindText, ""),
	prop("isEncrypted", kindFlag, ""), prop("userPrincipalName", kindText, "eq ne"), prop("model", kindText, "eq contains"),
	prop("manufacturer", kindText, "eq or"), prop("imei", kindText, "eq or"), prop("complianceGracePeriodExpirationDateTime", kindInstant, "lt gt"),
	prop("serialNumber", kindText, "eq or"), prop("phoneNumber", kindText, "contains"), prop("androidSecurityPatchLevel", kindText, ""),
	prop("userDisplayName", kindText, ""), prop("configurationManagerClientEnabledFeatures", kindComplex, ""), prop("wiFiMacAddress", kindText, ""),
	prop("deviceHealthAttestationState", kindComplex, ""), prop("subscriberCarrier", kindText, ""), prop("meid", kindText, ""),
	prop("totalStorageSpaceInBytes", kindNumber, ""), prop("freeStorageSpaceInBytes", kindNumber, ""), prop("managedDeviceName", kindText, ""),
	prop("partnerReportedThreatState", kindText, ""), prop("requireUserEnrollmentApproval", kindFlag, ""), prop("iccid", kindText, ""),
	prop("udid", kindText, ""), prop("notes", kindText, ""), prop("ethernetMacAddress", kindText, ""), prop("physicalMemoryInBytes", kindNumber, ""),
	prop("managementState", kindText, "eq or"), prop("enrollmentProfileName", kindText, ""))...).plainly()

// compliancePolicyType is the abstract base: $select of what only the derived
// types have is refused.
var compliancePolicyType = newType("deviceCompliancePolicy", "DeviceCompliancePolicy", false, all(
	prop("id", kindText, ""), prop("createdDateTime", kindInstant, ""), prop("description", kindText, ""),
	prop("lastModifiedDateTime", kindInstant, ""), prop("displayName", kindText, ""), prop("version", kindNumber, ""))...)
