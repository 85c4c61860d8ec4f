package simulate

// Scenarios lists every scenario, one line each. A test fails if a file of
// this folder declares one that is missing here.
func Scenarios() []Scenario {
	return []Scenario{
		strontiumSpray(),
		strontiumBrute(),
		gruKubernetes(),
		quad7(),
		peach2023(),
		apt33In2019(),
		dev0343(),
		midnight(),
		sneakyStrike(),
		fastHTTP(),
		huntress2026(),
		gossamer(),
		realA(),
		realB(),
		alphabetical(),
		slowOneSource(),
		planted500(),
		plantedHard(),
		ultraSlow(),
		plantedVaried(),
		enumerateThenSpray(),
		workloadBrute(),
		mfaFatigue(),
		takeover(),
	}
}

// Formats lists every form of export that is written, one line each.
func Formats() []Format {
	return []Format{
		entraGraph,
		entraGraphPage,
		entraMonitor,
		entraMonitorHub,
		entraPortalCSV,
		entraAnalyticsCSV,
		m365Audit,
		m365Purview,
		sshd,
	}
}
