package parity

// MaxDiffering is the number of differing rows that a Report lists.
const MaxDiffering = 10

// Report is the result of a comparison.
type Report struct {
	Rows      int
	Exact     int     // rows without any difference
	Within    int     // rows within tolerance, the exact ones included
	Largest   float64 // the largest difference of a number, also of rows within tolerance
	Differing []Row   // the first rows that are not within tolerance
}

// Row is one row that differs. Number counts from 1; Why names the output.
type Row struct {
	Number     int
	Why        string
	Difference float64
}

// Equal tells whether all rows are within tolerance, and there is at least one.
func (r *Report) Equal() bool { return r.Rows > 0 && r.Within == r.Rows }

func (r *Report) add(number int, difference float64, why string) {
	r.Rows++
	r.Largest = max(r.Largest, difference)
	if why == "" {
		r.Within++
		if difference == 0 {
			r.Exact++
		}
		return
	}
	if len(r.Differing) < MaxDiffering {
		r.Differing = append(r.Differing, Row{number, why, difference})
	}
}
