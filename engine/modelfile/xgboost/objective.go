package xgboost

import (
	"math"

	"weir/engine/modelfile/link"
)

// objective is how a margin becomes a prediction, and a base score a margin.
type objective struct {
	link        link.Inverse
	probability bool // of class 1
	toMargin    func(base float64) float64
}

func same(base float64) float64 { return base }

func logit(base float64) float64 { return -math.Log(1/base - 1) }

var objectives = map[string]objective{
	"binary:logistic":      {link.Logit, true, logit},
	"reg:logistic":         {link.Logit, true, logit},
	"binary:logitraw":      {link.Identity, false, same},
	"binary:hinge":         {link.Step, false, same},
	"reg:squarederror":     {link.Identity, false, same},
	"reg:linear":           {link.Identity, false, same},
	"reg:squaredlogerror":  {link.Identity, false, same},
	"reg:absoluteerror":    {link.Identity, false, same},
	"reg:pseudohubererror": {link.Identity, false, same},
	"reg:quantileerror":    {link.Identity, false, same},
	"reg:expectileerror":   {link.Identity, false, same},
	"rank:pairwise":        {link.Identity, false, same},
	"rank:ndcg":            {link.Identity, false, same},
	"rank:map":             {link.Identity, false, same},
	"count:poisson":        {link.Exp, false, math.Log},
	"reg:gamma":            {link.Exp, false, math.Log},
	"reg:tweedie":          {link.Exp, false, math.Log},
	"survival:cox":         {link.Exp, false, math.Log},
	"survival:aft":         {link.Exp, false, math.Log},
}

// readObjective sets the link and the base margin of the forest.
func (r *reader) readObjective() {
	v := r.learner.Get("objective").Get("name")
	o, known := objectives[v.Text]
	if !known {
		r.Fault(v.At("objective"), "objective %.60q is not supported: multi-class ones need one model per class", v.Text)
		return
	}
	base := o.toMargin(float64(r.base))
	if math.IsNaN(base) || math.IsInf(base, 0) {
		r.Fault(r.learner.Get("learner_model_param").At("base_score"), "outside of what objective %q allows", v.Text)
		return
	}
	f := &r.forest
	f.Base, f.Divisor, f.Scale, f.Link = float64(float32(base)), 1, 1, o.link
	f.Single, f.Strict = true, true
	if o.probability {
		f.Classes = [2]string{"0", "1"}
	}
}
