package synthetic

// sources are the three holders' data sources. What a row draws depends on the firm first and on chance second.
var sources = []source{
	{"tax", []feature{
		{"vat_sales_12m", `"scale": 0, "min": 0, "max": 4000000000, "unit": "yuan", "outside": "error"`, 0},
		{"vat_growth_yoy", `"scale": 4, "min": -1, "max": 50, "outside": "clamp"`, 40},
		{"late_filings_12m", `"scale": 0, "min": 0, "max": 12`, 0},
		{"tax_credit_rating", `"categories": ["A", "B", "M", "C", "D"]`, 60},
		{"taxpayer_type", `"categories": ["general", "small-scale"]`, 0},
		{"invoice_counterparties_12m", `"scale": 0, "min": 0, "max": 100000`, 50},
		{"top_customer_share", `"scale": 3, "min": 0, "max": 1`, 35},
		{"tax_arrears", `"scale": 2, "min": 0, "max": 20000000, "unit": "yuan"`, 0},
		{"months_since_registration", `"scale": 0, "min": 0, "max": 600, "unit": "months"`, 0},
	}, taxRow},
	{"utility", []feature{
		{"kwh_12m", `"scale": 0, "min": 0, "max": 2000000000, "unit": "kWh"`, 0},
		{"kwh_change_yoy", `"scale": 3, "min": -1, "max": 20, "outside": "clamp"`, 30},
		{"peak_share", `"scale": 3, "min": 0, "max": 1`, 25},
		{"late_payments_12m", `"scale": 0, "min": 0, "max": 12`, 0},
		{"idle_days_12m", `"scale": 0, "min": 0, "max": 366, "unit": "days"`, 40},
		{"contract_capacity", `"scale": 0, "min": 0, "max": 1000000, "unit": "kVA"`, 0},
		{"supply_voltage", `"categories": ["low", "10kV", "35kV", "110kV"]`, 0},
		{"water_12m", `"scale": 1, "min": 0, "max": 400000000, "unit": "m3"`, 30},
	}, utilityRow},
	{"social", []feature{
		{"insured_staff", `"scale": 0, "min": 0, "max": 200000, "unit": "persons"`, 0},
		{"staff_change_yoy", `"scale": 3, "min": -1, "max": 50, "outside": "clamp"`, 30},
		{"average_contribution_base", `"scale": 2, "min": 0, "max": 100000, "unit": "yuan"`, 45},
		{"arrears_months_12m", `"scale": 0, "min": 0, "max": 12, "unit": "months"`, 0},
		{"turnover_rate", `"scale": 3, "min": 0, "max": 10`, 30},
		{"injury_claims_12m", `"scale": 0, "min": 0, "max": 1000`, 0},
		{"part_time_share", `"scale": 3, "min": 0, "max": 1`, 20},
		{"contribution_status", `"categories": ["current", "deferred", "stopped"]`, 70},
	}, socialRow},
}

func taxRow(r *noise, f firm) []string {
	sales := clip(power2(3_000_000, 2*f.size+part(500, r.normal())), 0, 4_000_000_000)
	growth := clip(10000*(part(80, one)+part(250, f.health)+part(150, r.normal()))/one, -9500, 60000)
	late := trouble(r, f)
	kind := "small-scale"
	if sales > 5_000_000 {
		kind = "general"
	}
	arrears := 0
	if late > 2 && r.chance(2) {
		arrears = clip(sales/2*(1+r.below(20)), 0, 2_000_000_000)
	}
	counterparties := clip(power2(40, part(1300, f.size)+part(600, r.normal())), 1, 100_000)
	top := clip(350+1000*(part(-80, f.size)+part(120, r.normal()))/one, 20, 1000)
	return []string{whole(sales), fixed(growth, 4), whole(late), rating(r, f), kind, whole(counterparties), fixed(top, 3), fixed(arrears, 2), whole(f.months)}
}

// trouble is a count of 0 to 12 late or unpaid months: mostly 0, more for firms in bad health.
func trouble(r *noise, f firm) int {
	return clip(5*(part(700, r.normal())-f.health-part(900, one))/(2*one), 0, 12)
}

// rating is the tax credit rating; M is for firms that are too young to be rated.
func rating(r *noise, f firm) string {
	standing := f.health + part(400, r.normal())
	switch {
	case f.months < 20:
		return "M"
	case standing > part(900, one):
		return "A"
	case standing > part(-600, one):
		return "B"
	case standing > part(-1400, one):
		return "C"
	}
	return "D"
}

func utilityRow(r *noise, f firm) []string {
	kwh := clip(power2(120_000, part(1700, f.size)+part(800, r.normal())), 0, 2_000_000_000)
	change := clip(1000*(part(30, one)+part(200, f.health)+part(150, r.normal()))/one, -950, 25_000)
	peak := clip(420+1000*part(80, r.normal())/one, 50, 950)
	idle := clip(14+(15*r.normal()-18*f.health)/one, 0, 366)
	capacity := clip(20+kwh/2000*(80+r.below(60))/100, 5, 1_000_000)
	water := clip(power2(kwh/8, part(700, r.normal())), 0, 4_000_000_000)
	return []string{whole(kwh), fixed(change, 3), fixed(peak, 3), whole(trouble(r, f)), whole(idle), whole(capacity), voltage(capacity), fixed(water, 1)}
}

func voltage(capacity int) string {
	switch {
	case capacity < 100:
		return "low"
	case capacity < 5_000:
		return "10kV"
	case capacity < 30_000:
		return "35kV"
	}
	return "110kV"
}

func socialRow(r *noise, f firm) []string {
	staff := clip(1+power2(12, part(1400, f.size)+part(500, r.normal())), 1, 200_000)
	change := clip(1000*(part(20, one)+part(150, f.health)+part(120, r.normal()))/one, -900, 60_000)
	base := clip(power2(520_000, part(250, f.size)+part(200, f.health)+part(150, r.normal())), 250_000, 10_000_000)
	arrears := trouble(r, f)
	turnover := clip(350+1000*(part(-120, f.health)+part(150, r.normal()))/one, 0, 10_000)
	injuries := clip(staff*r.below(40)/1000, 0, 1000)
	partTime := clip(120+1000*part(90, r.normal())/one, 0, 1000)
	return []string{whole(staff), fixed(change, 3), fixed(base, 2), whole(arrears), fixed(turnover, 3), whole(injuries), fixed(partTime, 3), status(arrears)}
}

func status(arrears int) string {
	switch {
	case arrears == 0:
		return "current"
	case arrears < 5:
		return "deferred"
	}
	return "stopped"
}
