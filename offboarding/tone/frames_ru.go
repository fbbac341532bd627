package tone

var framesRU = map[Rule]string{
	Guilt: `
		после всего что ..2!=вы (=мы|=нами)
		как =вы мочь`,
	Threat:  `<!@neg пожалеть`,
	Hostage: `@papers & @give & (после|когда|если|пока|=как|лишь|только) ..4!(@papers|@give) @pay`,
}
