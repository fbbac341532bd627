package tone

// framesEN say what an English sentence does. One line is one way of breaking
// the rule.
var framesEN = map[Rule]string{
	Guilt: `
		(that|=it) ..1 =is =on =your ..1 conscience
		(all)? ..1 because =of ..1 (one|your|=a) ..1 (letter|form|email|notice) ..2 (=from =you)? & not (=on =time|possible)
		(=just)? =so =you =know $
		(betray|betraying|betrayed) ..3
		hope ..2 (=it|this) ..1 (was|is) ..1 worth
		(breaking|broke|tearing|tore|destroy*) ..1 (up|apart)? ..2 (team|family|people|friendship)
		loyalty ..6 (repay*|reward*|nothing|form|letter|thrown|forgot*)
		=you ..2 (walked|walk|ran|turned) ..2 (out|away|back) ..1 (=on)? ..6
		// our sacrifice against your leaving
		after (all|everything) ..2 (=we|=we've|=us|=our|team|that =we|between) ..6 & not (after all ..2 =you)
		after (all|so many|=those|=these) ..2 (years|nights|weekends) ..6 (=you|=this|=how|=we)  & not (thank|glad|grateful|pleasure)
		after everything
		(=we|=we've|=i|=i've|team|staff) ..2 (did|done|gave|given|sacrificed|worked|put|poured|stood|dedicated|devoted|spent|fought|cancelled|lived|built|invested|dropped|bled) ..8 (=and|=but|=yet|=while) ..2 (=you|=now|=this|=what|=then) ..2 & not (=you (may|can|are right)|sign|refund|handover)
		=we ..2 (did|done|gave|sacrificed) ..1 (everything|all|so much|much) ..4 =for =you
		(sacrificed|gave up|cancelled) ..6 (=for =you|weekends|holidays|nights|evenings)
		(nights|weekends|years|everything) ..4 =we ..2 (spent|gave|sacrificed|worked|did) ..6 & (=you|=your) & (think|remember|after|=for|forget|nothing)
		? (so many|all these|all those|seven|ten|five|twenty) ..1 years ..6 (=not|=no|=one|=nothing|thrown|without|=and|=all|single) ..6 & (=you|=a call|word|email|line*|call|goodbye|get|nothing|thrown) & not (thank|glad)
		// you have left us
		<!@neg @you ..2!@neg (abandon|betray|desert|forsake|dump|ditch|discard|backstab) ..3
		(abandoned|betrayed|deserted|forsaken|ditched|dumped|discarded) ..2 (=us|=by =you|team)
		@you ..3!@neg (let|letting) ..1 (=us|=me|team|everyone) ..2 down
		(=you|=you've|=you're|=you) ..3!@neg (turn|turned|turning) ..1 (back|backs) =on
		@you ..3!@neg (walk|walked|walking|run|running|ran) ..1 (away|out) ..3 & not (can|may|free|charge|could =walk)
		@you ..2 (simply|just|coldly|suddenly|quietly) ..1 (leave|left|leaving|walk|drop|dropped|quit|go|disappear) ..3 & (=we|after|=us|=how)
		(thrown|tossed|cast|throw|thrown) ..1 (away|aside|out) ..6 & not (papers|document|copy|copies)
		(how|so) ..1 easily =you
		=you ..3 (left|leave|leaving|walked) ..3 without ..2 (word|call|goodbye|looking|saying|explanation)
		(drop|dropped|dropping) =us & not (=us ..1 (line|note|message|mail|email))
		(stab|knife|stabbed) ..2 (back)
		slap ..2 face
		// how could you
		how (could|can|dare) =you ..6 & not (check|download|sign|reach|contact|help|return|use|pay)
		how =you ..1 could
		what ..2 (have|did) =we ..2 (do|done) ..3 (deserve|wrong|=you)
		(did|do|don't|didn't) =we ..2 deserve
		(=is|=was) =this ..2 =we ..2 deserve
		// we deserved better
		(=we|team|people|staff|everyone) ..3!@neg (deserve|deserved|earned|expected) ..4 (better|more|least|conversation|call|meeting|explanation|honest|goodbye|respect|farewell|proper|loyalty|thank*) & not (@neg ..2 (deserve|earn)|=you ..2 deserve*)
		(apparently|evidently|clearly) =not $
		@you ..1 (could|might|should) ..2 =at =least ..4
		=could ..3 =at least ..5 (call|told|said|tell|say|talk|warn|explain|phone|come) & =you
		@you ..3 (could|did|would|bother*|find|even|cared) ..1 (=not|not|couldn't|didn't) ..4 (even|call|bother|say|goodbye|tell|minute|care|explain|word|phone|thank|look|spare) ..3 & not (=if|@our fault|answer =in|=we ..2 (did|could) =not)
		(couldn't|didn't|never) ..1 even ..2 (call|say|bother|thank|tell|look|ask|phone|explain|meet) & @you
		=you =never ..2 (looked|called|cared|thanked|noticed|asked|said|bothered)
		(=not|without) ..1 (even)? ..1 (=a|=one|single) ..2 (call|word|explanation|goodbye) ..4 (=from =you|=you|after|from)
		(=and|=with|but|,) =not ..1 (even)? =a ..1 (call|word|goodbye|line|visit|meeting)
		=not one word ..1 =from =you
		// we expected more of you, we were friends
		(expected|hoped|thought|believed) ..3 (better|more|otherwise|different*) ..2 =of? ..1 (=from =you|=of =you|=you)
		=not ..1 expect ..3 =from =you
		=we ..1 (thought|believed|imagined|considered|felt|assumed) ..3 @you ..4 (family|friend|friends|partner|partners|different|decent|loyal|better|one|ours)
		=we ..1 (thought|believed|felt) ..2 =we ..2 (were|had) ..4 (family|friends|partners|something|special|close|bond)
		(considered|treated|thought|regarded) ..2 =you ..3 (family|friend|partner|one)
		=we ..2 (trusted|believed|loved|adored) ..2 =you ..6 & not @neg ..1 (trusted)
		(stood|stuck) by =you
		(people|team|those) ..2  (=who|=that) ..2 (trusted|loved|believed|stood|cared) ..6 & @you
		// our pain, and who caused it
		=it ..2!@neg (hurts|hurt|pains|pained|saddens|breaks|stings) ..1 (=us|=me|=to|our|team|everyone)
		(=we|team|staff|everyone|people|girls|colleagues|=i) ..4!@neg (heartbroken|devastated|crushed|hurt|crying|cry|cried|tears|wounded|shattered|inconsolable|bitter|wept|demoralised|demoralized)
		(break|broke|broken|breaks|breaking) ..2 (heart|hearts|spirit)
		(=you|your* ..2) ..3!@neg (hurt|wounded|disappointed|saddened|crushed|devastated|humiliated) ..2 (=us|=me|team|everyone|deeply|badly)
		(know|see|realise|realize|understand|remember) ..2 (=who|=what) ..1 (caused|did|done) ..3 & (=you|=it|=this)
		(@you ..1 (idea|imagine|know|realise)|have =no =idea|cannot imagine|can't imagine) ..2 how ..3 (much|hard|many|bad|difficult|deep*) ..4 (hurt*|team|=us|=we|this|nights|hours|feels|sleep*|work*)
		what ..2 (this|=you) ..2 (done|did) ..1 =to (=us|team|=me|people)
		(because =of|thanks =to|due =to) =you ..8 & not (because =of =you =and|grateful|learned|=not because|lived)
		(hope) ..3 @you ..5 (live with|conscience|ashamed|sleep|guilty|proud =of|happy now|satisfied now|feel =at)
		(live|sleep) ..1 with ..1 (that|yourself|this|=it)
		@you ..4 (ashamed|conscience|no shame)
		shame ..1 =on =you
		(have|=no|any) ..3 conscience
		// people do not leave like that
		(decent|good|real|true|honest|civilised|civilized|grown)? ..1 (people|friends|partners|companies|clients|persons|one) ..2 @neg ..3 (leave|treat|behave|part|act|walk|go) ..4 (like|way|so|each|someone)
		(=no|this =is|that =is) ..3 way ..2 (=to)? ..2 (treat|leave|end|part|say) ..4 (friend*|people|partner*|=us|goodbye|years)
		(mean|meant|means|counts|counted|count) ..2 (nothing|little|=so little) ..3 (=to =you|=for =you|=you)
		(mean|meant) =nothing
		(loyalty|dedication|devotion|effort*|friendship) ..4 (nothing|little|vain|one* way|worth)
		(what|this|that) ..4 (=we ..1 get|reward|thanks =we) ..2 
		(=in vain|for nothing) & (=we|=our|=us|trusted|years|effort*)
		what =a ..1 (reward|thank*|way)
		=this =is ..2 (how|what) ..3 (=it ends|=we ..2 get|=you ..2 (repay|thank|treat)|ends)
		=is =that ..2 (how|what|all) ..3 =we ..3
		(two|one|few|three) ..1 (lines|sentences|line) ..4 (=all =we|=we get|after ..4 years|email|years) & not enough
		(=all =we ..1 get|=we get|years) ..8 (two|one|few) ..1 (lines|sentences|line) & not enough
		(morale|heart|courage|faith) ..3 (zero|lost|low|gone|broken) ..3 & not (=in court)
		(team|staff|people) ..4 (lost|losing) ..2 (heart|faith|hope|will)
		now =we ..3 =not ..1 (needed|wanted|good)
		=we ..3 (no longer|=not) ..1 (=needed|=wanted|good enough) & (=you|now|after)`,
	Ingratitude: `
		=we never charged ..8 (mistake|apparently|foolish|thank*|naive|wrong|error)
		(generous|kind|helpful|patient|nice) ..4 (mistake|too|wrong|fool*|naive) & =we & (apparently|clearly|=was =our mistake|evidently)
		(ungrateful|thankless|ingratitude|unthankful)
		(show|have|feel|little|bit|some|any|=no|word|words|without|where|gesture|trace|ounce|sign) ..3 gratitude ..6 & not (=our gratitude|=we|express|with gratitude)
		(=is =this|=this =is|=that =is|what|is =that|so =this|so that) ..4 (thanks|thank =you|gratitude|reward|repay|repaid) ..4 (=we|get|=us|after|=is|=you|for)
		(=not|=no|never|without|nor) ..5 (=a|one|single|even|so)? ..4 (thanks|=thank =you|gratitude|thank|kind word|thank-you|word =of thank*) ..6 & not (=we ..2 (not|never)|=no thank*|=no ,)
		(=not|=no|never|hardly) ..2 (=a|one|single|much) ..2 (thank*|kind|good|grateful) ..2 (word|=of)? 
		? @favour ..8 (=and|=but|=yet|=while|=then) ..2 (=now|=you|=this|=what|=still|=not|=that|=how|suddenly|=never) ..5 & (discount*|free|special|price*|rate*|queue|favour*|favor*|weekend*|waived|generos*|kindness|rescued|saved|exception*|extra*|bent|goodwill|sunday) & (=we|=our|=you|=all|=those|=us) & not (=you (can|may|are|will)|refund|handover|receipt|statement|until|line*)
		=all =those ..8 (=and|=yet|=but|=for) ..3 (=not|now|=this|what|=you|nothing)
		? (free|discount|discounts|special|cheap|cheaper|reduced|waived|favours|favors|favour|priority) ..8 (appreciat*|grateful|thank*|gratitude|forgot*|remember*|notice*|enough|repay*|repaid|nothing|valued) & not (=we (thank|appreciate|are grateful)) & not (=we ..1 (forgot))
		@you ..3 (forgot|forgotten|forget|forgets) ..4 & (=who|quickly|=we|help*|all|=it|favour*|short|soon|free|sunday) & not (=if|password|sign|=not)
		short memory
		(kindness|favours|favors|generosity|goodwill|loyalty|=our help) ..4 (forgotten|appreciated|repaid|counts|nothing|valued|returned|punished|rewarded)
		(@neg|never|hardly|barely|not) ..2 (appreciate|appreciated|valued|value|=noticed) ..5 & @you & not (=we ..2 (value|appreciate))
		@you ..2 (not|never|don't|didn't) ..1 (appreciate|value)
		(some|certain) ..1 (people|clients|customers) ..3 (never|don't|not|only|take|cannot)
		(take|takes|took|taking) ..3 (never|and not|without) ..2 (give|giving|gave|thank*)
		(repay|repaid|repaying|reward|rewarded|pay =back|thank) ..3 (=us|our|=for|kindness|generos*|years|goodwill) ..6 & (=so|this|how|=you|nice|fine|great|strange) & not (=we thank|thank =you|thanks =you|=to thank =you)
		(fine|nice|great|funny|strange|some|odd|poor) ..1 (way =to ..1 (thank|repay|reward)|thanks|gratitude|reward)
		so much =for ..3 (generos*|goodwill|favour*|kindness|help|gratitude|loyalty|discount*|special|=our)
		(=that =is|=there =is|=this =is|=is) ..1 (=the|your|=our) ..1 reward
		(bent|bend|bending|went|gone|going) ..2 (over backwards|extra mile|=out =of =our way|backwards) ..8 & not =we =will
		(jumped|jump|skipped|skip|cut) ..2 (queue|line) ..8
		(ahead|front|top|head) ..2 =of ..2 (queue|everyone|others|line) & (=you|=and) & not (=will)
		=we ..2 (saved|rescued|bailed|carried|covered|shielded|spared) ..1 =you ..8 (=and|=but|=yet|=from|,) ..3
		(happy|glad|gladly|quick|pleased|content) ..3 (take|accept|took|accepted|enjoy|use) ..8 (discount*|free|favour*|help|advice|price*|extra*|work)
		(gladly|happily|eagerly) ..1 (took|accepted|used|enjoyed) ..8
		(nobody|no one|=no ..1 (client|customer|one)) ..3 (else)? ..2 (got|had|gets|paid|received|enjoyed) ..4 (price*|terms|discount*|treatment|deal*|rate*|conditions) 
		(still|even =that) ..3 (=not|wasn't) ..2 enough
		(when|back when) ..1 =you ..2 (needed|wanted|were) ..8 (grateful|different*|thankful|remember*|friendl*|nicer|sweet*|knew)
		=who ..2 (fixed|came|worked|stayed|helped|saved|drove|redid|answered) ..8 (free|sunday|weekend*|night*|=you|christmas|midnight)
		(waived|forgave|forgiven|overlooked|let =you ..1 pay) ..10 (pity|funny|=and|but|nothing|remember*|thank*|=you) & not (=you ..2 (receive|may)|line)
		@you ..4 (expected|could|might) ..2 =at =least ..3 (thank*|grateful|appreciat*)
		(little|bit =of|some|word =of|simple) ..1 (gratitude|thank*|appreciation) ..4 (nice|much|ask|expected|order|hurt|kill|been|late)
		(special|best|lowest) ..1 (prices|rates|price|treatment|rate) ..6 (now|=and =now|=you ..2 (leave|walk|go))`,
	Insult: `
		(takes|take|need|needs|calls|requires|one =has) ..5 (talent|gift|genius|skill) ..4 (break|breaking|spoil|ruin|lose|lost|confuse|mess|fail|botch)
		(breaking|spoiling|ruining|losing|botching) ..6 (takes|calls =for|needs|requires) ..3 (talent|gift|genius|skill)
		(ask|get|have|let|find) ..2 (someone|somebody|anyone) ..1 (=who|=with) ..2 (=can|knows|=able|understands|education|brain*) ..3 (read|count|think|add|explain|spell)? ..6 & (explain|check|read|tell|show) & not (=our|=we|=us)
		! =you ..3 (=only|=have|=can) ..3 (=yourself|=yourselves) ..1 =to =blame & not (=not|=nobody|=if)
		(=not|stop|=don't) ..2 (talk|talking|write|writing|speak|speaking) ..3 (nonsense|rubbish|foolishness|stupidities)
		(=nothing|little) ..6 (understood|grasped|learnt|learned) ..1 =by =you
		(read|check|learn|study|open|try) ..6 before ..2 (lecturing|complaining|accusing|blaming|teaching|criticising|criticizing|shouting|writing|demanding)
		(=you =are|=you're) ..1 one =of ..1 them
		@your ..2 (strong suit|forte|strong point|strength) & (=never|=not|hardly|=wasn't|=isn't)
		(cannot|can't|impossible =to) ..2 be helped
		lecture ..2 =us
		<!@neg =your ..2 (fault|mistake|negligence|carelessness|doing|problem =now|laziness|stupidity|mess|failure|ignorance) & not (@neg ..3 =your|=if|@our) & (own|entirely|all|only|completely|solely|=it|=this|purely|=is|=that)
		@you ..2 (only)? ..1 (have|=have) ..1 (only)? ..1 (=yourself|=yourselves) ..2 =to blame
		blame ..2 (yourself|yourselves)
		(=your =own) ..1 (fault|mistake|doing|mess|problem)
		(=you|=you're|=you) ..1 (alone|are|=re|yourself|yourselves) ..2 (=to blame|guilty|responsible =for =this|=the problem|culprit) & not (@neg ..2 =to? ..1 blame|=not|contact)
		@you ..2 (caused|brought|created|made|did) ..4 (yourself|yourselves|=on =yourself|mess)
		(problem|trouble|issue) ..2 =is ..2 (=you|between|=with =you) ..2 (,|$|chair|=not =us)
		=it =is =you $
		// you understand nothing
		<!(=if|where|whatever|anything) @you ..2 (clearly|obviously|evidently|really|simply|just|plainly|apparently)? ..1 (=not|don't|cannot|can't|never|haven't|fail|failed) ..3 (understand|grasp|know|comprehend|get =it|read|think|listen|learn|bother*|realise|realize|follow|keep) ..4 & not (=if ..3 =you|need =to|have =to|must|may =not|obliged|=please|hesitate|should)
		@you ..3 (know|understand|knows) ..1 nothing
		@you ..4 (=no|clue*|without =a) ..1 (idea|clue|understanding|knowledge|grasp|common) ..5 & not (=how ..2 (hurt|much|many|hard|difficult)|=what ..3 (done =to|=us)|sorry)
		@you ..2 (clueless|ignorant|=out =of =your depth|delusional|confused as)
		? (above|over|beyond) ..1 (=your head|=you|=your understanding|=your level) ..2 & not (=if)
		(too|so) ..1 (complicated|complex|hard|difficult|advanced) =for ..1 (=you|people like)
		=not (something|anything|=for) ..2 =you ..2 (would|could|will|can) ..1 (grasp|understand|follow|get)
		=out =of ..1 =your depth
		(any|even|every) ..2 (child|schoolboy|schoolgirl|student|kid|beginner|idiot|toddler|fool|intern|five-year-old|teenager|monkey|pupil) ..6 (could|can|would|knows|understands|understood|sees|manages|know|=has)
		(child|schoolboy|kid|toddler|monkey) ..3 (could|would|can|understand*|knows)
		=if @you ..2 (could|had|were|can|ever|knew|bothered|only) ..6 (read|bother*|count|think|thought|listen*|learn*|pay* attention|brain*|able|look*|know* how|understood) ..8 & not (=we (could|would)|apolog*|sorry|please)
		(explain|repeat|say|spell|go) ..6 (slowly|again slowly|simple words|simple terms|slow ones|=for =the slow|small words|crayon|letter by|short words|last time|out =for =you|hundredth|tenth)
		(since|as|because) =you ..1 (missed|ignored|failed|cannot|can't|are =too)
		(congratulations|bravo|well done|applause|brilliant|genius|clever) ..8 (strangest|dumbest|genius|outdone|worst|silliest|decision*|strange|mess|ruin*|yourself|move|brilliant) & not (birthday|anniversary)
		genius ..1 (move|decision|idea|plan)
		outdone yourself*
		(with|given) (=your|such|that|=an) ..1 (attention|memory|attitude|approach|logic|way =of|level|intellect|discipline|manners|temper|skills) ..10
		(wonder|miracle|surprising|surprised|amazing) ..3 (=you|=your|how =you|=that =you) ..6 (still|open|business|survive*|manage*|anything|work)
		=not ..1 surprised ..8 (=you|people|clients) 
		(people|clients|customers|someone|persons|those) (like|such =as) =you ..6
		=a (client|person|customer) like =you ..6 (nightmare|punishment|pain|horror|bear|ordeal|torture|trouble|never|worse|=is =no|impossible|more)
		(working|dealing|talking|arguing|work|deal) ..1 with =you ..6 (nightmare|punishment|pain|horror|bear|ordeal|torture|impossible|waste|burden|exhaust*|hell|unbearable|chore)
		before =you ..3 (complain|write|accuse|shout|argue|blame|criticise|criticize|judge|type|speak|send)
		before (complaining|writing|accusing|shouting|arguing|criticising|whining|sending) ..8
		(learn|learned|learnt|try|start) ..2 (=to)? ..1 (read|count|think|thinking|write|listen|reading|listening|behave) ..6 & not (=we|=to learn =what|=us)
		(get|check) =your facts
		(try|do try|start|consider) ..1 (using|thinking|reading|listening) ..6 & not (=our|=we|link|portal|guide|chrome|another)
		(use|using|engage|switch) ..1 =your (head|brain|brains|eyes|mind)
		do =your homework
		(open =your eyes|grow up|wake up|get =a grip|get real)
		think ..3 (before =you|for once|next time|first) & not (which|about|date|=we)
		(next time) ..4 (think|read|listen|try|use|learn|ask|check) & not (=we)
		// names and judgements
		<!@neg @you ..4!@neg @stupid & not (=we ..3 @stupid|sorry|apolog*|impossible =for =us|=it =is impossible|=if|=may|=to =you =is impossible)
		(what|that|such|how|=is|=was|=a) ..2 (stupid|foolish|dumb|idiotic|silly|ridiculous|absurd|childish|senseless|brainless|moronic|ludicrous) ..2 (decision|idea|question|letter|move|thing|complaint|mistake|remark|request|choice|step|claim|=of =you) & not @our
		(stupid|idiot|moron|dumb|imbecile|fool|dimwit|clown|halfwit|nitwit|blockhead) ..2 & not (=we ..3|=our|@us|=the =clown)
		@stupid ..1 (client|person|customer|people|clients|customers|question|decision) & not @our
		@you ..4 =a ..1 (difficult|careless|disorganised|disorganized|rude|demanding|troublesome|terrible|bad|unpleasant|impossible|toxic|dishonest|petty|useless) ..1 (client|person|customer|partner|manager|boss)
		(grown-up|grown|grownup*|normal|sensible|intelligent|smart|reasonable|adult|adults|professional|clever|sane|polite|educated) ..2 (people|clients|customers|adults|person|companies|businesses|ups) ..2 (ask|read|do|don't|not|behave|know|check|think|would|never|first|understand|=do =not|wouldn't)
		@you ..1 should ..1 have ..2 (listened|thought|read|known|checked|paid attention|asked|learned|been more) ..6 & not =we
		=if @you ..1 (had|have) ..3 (sent|listened|read|done|told|paid attention|warned|kept|followed|given|prepared) ..12 (none|=no|fine|happen*|blame|problem|wouldn't|would =not)
		@you ..2 (refuse|unable|incapable|unwilling|unfit|not able|struggle) ..3 (think|listen|read|learn|understand|keep|run|manage|follow)
		(cannot|can't) ..2 help ..3 people ..2 =who
		=who ..1 (refuse|will =not|won't|cannot|can't) ..2 (think|listen|read|learn) 
		gave up ..2 (explaining|teaching|helping|trying =to =explain)
		(=no|nothing|lack|lacks|lacking|without|zero) ..2 (common sense|brain*|manners|intelligence|class|backbone) & not (=we)
		@you ..3 (mess|ruined|wrecked|botched|ruin|messed|bungled|neglected) ..4 (everything|=it up|=your own|own books|up|company|business|yourself) & not (=if)
		(shame|embarrassment|disgrace|joke|laughing) ..3 & @you & not (=our|=we)
		@you ..2 (joke|laughing stock|disgrace|embarrassment)`,
	PovertyJab: `
		! nothing ..2 left ..2 (=pay|=pay =us|=paying) =with & not (invoice|bill|statement|settled)
		(gather|understand|see|hear|assume) ..4 (business|things|times|trade) ..3 (=not ..2 (well|good)|=isn't ..2 well|bad|badly|poorly|slow) & (pay|paying|afford|money)
		=if ..1 =you ..1 (really|truly|honestly) ..1 (=cannot|=can't|=can =not) ..2 (pay|afford)
		(luxury|luxuries) ..8 (=you|your|afford)
		(budget|money|funds|cash) ..5 (last|few) ..2 (coins|pennies|cents|pounds)
		@your ..2 (last|few) ..1 (coins|pennies|cents)
		(=if|since|=as|=so|apparently|clearly|because|when|now) ..4 @you ..4 (broke|poor|penniless|bankrupt|short =of|out =of money|skint|hard up|strapped|hard-up|destitute|cash-strapped|=no money|nothing left)
		@you ..3!@neg (broke|penniless|skint|destitute|impoverished|bankrupt|hard up|strapped|running =on fumes|running out =of ..1 (money|cash)|out =of ..1 (money|cash|pocket)) & not (=we|=if ..2 need)
		(really|=that|so) (broke|poor|hard up|strapped|short =of ..1 (money|cash))
		(=there =is|=you ..1 have|have|=you're|having) ..2 (=no|nothing|little|=any) ..2 (money|funds|cash|means|budget) ..5 & not (=not have =to|need =to|owe|=we|take =no|advance)
		@you ..2 (lack|have =no|haven't|don't have|do =not have|=no longer have|haven't got) ..3 (money|means|budget|funds|cash|resources|pocket*) 
		(=you|=you're|=you've|=not everyone|=not everybody|few|people|=your) ..4 (cannot|can't|couldn't|not|unable|longer|=no longer|=not everyone|hardly|barely|few) ..3 afford
		(=not everyone|=not everybody|few people|not all|only some|=not =all) ..3 (afford|pay|means|price|budget)
		afford ..3 (=us|=our|quality|accountant|=it|real|better|proper|good|rates|service|lawyer|professional*) & not (=we ..3 afford) & (@you|=not|can't|cannot|people|those|=who|if|everyone|few)
		(beyond|outside|out =of|above) ..2 (=your means|=your reach|=your budget|=your league|=your pocket|=your price|=your wallet)
		(quality|rates|service|prices|fees) ..6 (out =of ..1 (reach|pocket)|beyond ..1 (means|reach)|=your reach|=your means)
		=your (wallet|pocket|purse|piggy|bank balance|finances|means|bank) ..8 & not (=account|transfer)
		(wallet|purse|piggy) ..2 (like =yours|=your|of =your)
		(keep|kept|keeping) ..1 up with ..2 (price*|rates|fees|bill*|payments) 
		(business|things|trade|sales|finances|times) ..3 (bad|poorly|slow|hard|tough|tight|desperate|that bad) ..1 =for =you
		(is|are) ..1 (money|things|cash|finances) ..2 (really|that|so|=that)? ..2 (tight|short|bad|desperate)
		(when|once|if|as soon) ..2 @you ..4 (richer|rich|wealthy|pay again|money again|earn|afford|made =it|money|can pay|strike gold|win =the lottery|better off|recovered) ..8 (come|call|back|return|welcome|=us|door|write|get =in)
		(counting|count|scraping|scrape|saving|save|pinching|pinch|cutting) ..3 (penny|pennies|paper clips|paperclips|every cent|pencils|coppers|corners|staples|stamps|coins|=on accountants|=the last cent)
		(scrape|scraped|scrap) ..1 together
		(find|spare|found) ..4 (another|even|thirty|basic|euros|pounds|few|coins) ..5 & (pity|bad|could =not|couldn't|not|shame) & (=you)
		(=a company|firm|business|client|company|someone) ..2 =of =your (size|means|income|budget|kind|turnover|level) ..6
		(budget|wallet|income|turnover|purse) like (=yours|=that|=this) ..8
		(cheaper|simpler) ..1 (place*|options|provider*|firms|alternatives) ..4 (=for|like|perhaps|suit) & (=your|=of =your|like =yours|budget|wallet|=you)
		(too) ..1 (good|expensive|fine|big|grand) =for ..1 (=you|=your|people like)
		(people|clients|those|companies|anyone|customers) ..2 (=who|=that|with) ..2 (can)? ..2 (afford|means|money|pay|something =to count|deeper pockets|deep pockets|budget*) & not (=if =they)
		(being|be|to be) ..1 (poor|broke|short =of ..1 (money|cash)|hard up|penniless)
		(poverty|being broke|empty pockets) ..6
		(=no crime|=no shame|nothing =to ..3 ashamed) & (poor|broke|money|cash|short)
		(=if|that|such|even) ..3 (sum|amount|euros|pounds|dollars|fee|pence) ..4 (problem|much =for|trouble|hurt*|breaks|burden|stretch|ruin*) & (@you|your|firm|bookkeep*)
		(little|nothing|=not much|hardly anything|not ..1 much) ..2 (=to)? ..1 (count|account =for|manage)
		something =to count
		(poor|penniless|poorer|cheap|low-income) ..1 (clients|client|customers|companies|people) ..6
		@you ..3 (going broke|go broke|going under|go under|going bust|in =the red|=the red)
		=your ..3 (last|final) ..1 (penny|pennies|cent|pound|euro)
		(charity|alms|handout*|soup kitchen|food bank)`,
	BusinessFear: `
		(packing|clearing|emptying) ..2 (desk|desks) ..4
		=not ..2 (see|reach) ..1 (christmas|spring|summer|winter)
		(won't|=will =not) ..1 (see|reach|last =until|make =it =to) ..2 (christmas|spring|summer|winter|easter)
		(=we|=we'll|=i|=i'll|company|business|firm|=us) ..4 (go under|going under|go bankrupt|bankrupt|be ruined|ruined|finished|doomed|go bust|close down|close =our doors|shut down|fold|=out =of business|sink|collapse|starve|perish|lose =the shop|lose =the house|lose everything|close =for good) & not (account|contract|goes =on|portal|file)
		(=we|=we'll|=i|=i'll|company|business|firm|=us|shop) ..3 (=not|won't|cannot|can't|never|hardly|may =not|barely|=not be able =to) ..3 (survive|cope|make =it|=last|make =ends|keep going|stay afloat|get through|exist|pull through|hold out) & not (find|reach|last (week|month|day|time|line))
		=without @you ..8 (=we|=us|=our|=i|office|jobs) & not (signature|consent|approval|answer|confirmation|address|reply|permission|instructions)
		(=we|=us|=our|=i) ..6 =without @you ..3 & not (signature|consent|approval|answer|confirmation|address|reply|permission|instructions|will =not (send|pass|write)|charge|harm)
		(with =you gone|=you being gone|now that @you ..2 (leave|gone|go|leaving)|=when =you ..1 (go|leave)|=if =you ..1 (go|leave)|since @you ..1 (leave|leaving)|after @you ..2 (go|leave|gone)|because @you ..1 (leave|leaving|go)) ..8 (=we|=us|=our|=i|half|people|staff|jobs|payroll) & (survive|under|ruin|ruined|bankrupt*|rent|payroll|salar*|wages|jobs|fire|lay|close|half|revenue|income|bread|eat|feed|starve|end|lights|shop|lose|doors|make =it|finished|cope)
		@you ..2 (were|are|was|have been) ..3 (biggest|largest|main|best|important|profitable|only|key|greatest|number one|bread) ..3 (client|customer|account|source|contract|income|butter)
		(biggest|largest|profitable|only ..1 big) ..2 (client|customer|account|contract) ..8 (end|ruin|under|=us|lose|now|without|survive|close)
		=our (biggest|largest|most profitable|only|last|main) ..2 (client|customer|account) & @you
		(half|third|most|bulk|quarter) =of ..2 (revenue|income|turnover|earnings|business|sales|profit) 
		(lay|laying) ..4 off
		(fire|dismiss|sack|dismissing|firing|let go|letting go|lay off|redundant|redundancies|redundancy|cut) ..5 (people|staff|workers|person|team|colleagues|two|three|half|someone|positions|jobs|employees) & not (@neg|fired ..3 (who|manager)|=who ..3 (made|ran)|manager|accountant)
		(people|staff|team|colleagues|employees|=i|three|two|half) ..6 (lose|losing|lost|without) ..3 (job|jobs|work|bread|salar*|wages|income|livelihood) & not (refund)
		(cost|costs|costing) ..4 (job|jobs|livelihood*)
		(=your|this|such =a|=the) ..1 (leaving|departure|exit|loss|decision|cancellation|notice|going) ..2!@neg (will|would|may|could|might|means|is|=of|=has|puts|put) ..4 (ruin|break|kill|destroy|fatal|bankrupt*|end =of|=the end|cost|sink|bury|cripple|disaster|catastroph*|out =of business|finish|close =us|devastat*) & not (=no cost|cost* nothing|fee*)
		(loss|losing) ..3 (=you|=your|client|account) ..5 (fatal|end|ruin*|kill*|survive|disaster|catastroph*|blow|break|bankrupt*)
		(pay|make|meet|cover) ..3 (payroll|salaries|rent|wages|=our people|staff|mortgage*|=our bills|suppliers) & (=we|=i|=our|how|=us|cannot|can't|who|not) & not (=we will pay|=your)
		(keep|turn) ..3 lights (=on|=off)?
		(lights) ..2 (=on|=off|out) & (=we|keep|kept|fees|pay*|turn*)
		(feed|feeding|fed) ..4 (famil*|children|=them|people|team|staff|kids)
		? (children|mortgage*|families|kids|bills =to pay|mouths) ..10 & (=our|staff|people|team|=we|colleague*) & (@you|without|=who|think|because|if) & not (bring|collect|congratulat*|may)
		(think|spare =a thought|consider|mercy|pity|have =a heart) ..4 (=of|=for|=on) ..3 (famil*|=us|=our people|staff|team|children|jobs|=our) & not (=think =of =us ..3 (again|future)|thought =of =us)
		(company|firm|business|workshop|shop|office|studio|whole) ..3 (depends|depended|lives|lived|rests|rested|hangs|stands|stood|relies|relied|runs) ..1 (=on|=off|by) ..3 (@you|contract|money|account)
		(=we|=our ..1) ..2 (depend|depended|lived|live|relied|rely) ..2 (=on|=off) ..2 (=you|=your)
		=your (fees|payments|money|orders|contract|account|business) ..2 (kept|keeps|paid|fed|feeds|covered|saved|carried|supported|was half|were half) ..6 (lights|rent|team|half|salar*|=us|=our|afloat|payroll|alive|going)
		(=not|=no|don't|nobody|hardly) ..2 (know|knows|idea|clue) ..2 (how|what|who) ..4 (pay|survive|rent|payroll|winter|lights|cope|live|afford|through|make =ends|keep|eat|next)
		(get|make =it|last|live) ..1 through ..2 (winter|year|month|summer|spring)
		(see|reach) ..2 (spring|summer|christmas|=the end =of =the year|next year) & (=we|wonder|whether|hardly|not|if) & not (=you)
		(shut|close|lock|closing|shutting) ..2 (=the|=our) ..1 (door|doors|shop|office|workshop|branch|firm|company|business|plant|factory|studio) & not (=on (saturday*|sunday*|monday*)|holiday*|=from #)
		we* ..2 (are|=re)? finished & not (=we (have|=ve) finished|=will =finish|finished ..2 (report|work|pack*|handover|list|check*))
		(deciding|decide|discussing|choosing|wondering|talking) ..3 (=whom|=who|which) ..3 (dismiss|fire|=let go|sack|cut|lay)
		=counting ..3 (=left|what|bank|pennies)
		(face|facing|looking =at) ..2 (ruin|bankruptcy|closure|=the end|collapse|insolvency)
		(one more|another) ..4 (goodbye|client|loss|letter) ..5 (=and|=we|finished|shut|over|gone)
		(=my|=our) ..2 (job|jobs|livelihood|own job) ..3 (gone|lost|risk|line|over|depends|disappear*)
		=this =is =the end ..2 (=for|=of) =us?
		(=the end) =for =us
		(small|tiny|little) ..1 (firm|company|shop|workshop|business|team) like =ours`,
	Threat: `
		(remember|remembered|note|noted) ..4 (=our|=the|=that) ..2 (moment|day|turn|chance) ..3 (come|comes|will)
		(=long =memory|=long =memories|=good =memory|=good =memories) ..8
		(inspectors|auditors|inspector) ..6 (=your =way|=your =direction|=at =you|=know =whom|=know =who)
		(make|making) ..3 (unpleasant|ugly|painful|nasty|uncomfortable|public) ..3 =for =you
		=you ..3 (=no =idea|=not =know|=don't =know) ..2 =who ..1 =you ..3 dealing
		who =you ..2 (dealing|messing) =with
		(unfortunate|awkward|embarrassing|pity|shame) ..4 (auditor*|inspector*|tax|investor*|partner*|press|board|customers|wife|bank) ..2 =to ..1 (see|learn|hear|find|read|know|discover)
		<!(@neg|hope|may) @you ..3!@neg (regret|rue|sorry|pay =for =this|pay dearly|be sorry|suffer|repent) & not (=if ..4 =you =are|@neg regret|we ..3 (sorry|regret)|=you will =not|sorry =to|sorry =for =the)
		@you ..2 (will|=ll) ..2 (be)? (sorry|regret) ..3 & not (=not)
		(live|going|come) =to regret
		(let =us see|=we =will see|=we'll see|=let's see|wait =and see|=we shall see|see) ..1 (how|what|who) ..3 @you ..5 (without|=us|last|cope|manage|do|fare|get|far|laugh*|end) & not (need|want|prefer|think)
		mark ..2 words
		(remember|mark) ..1 (=my|=our|this|these) ..1 (words|day|warning)
		(crawl|crawling|begging|beg|knees|grovel*) ..5 & not (=we ..2 beg|=we)
		@you ..4 (crawl|beg|come running|be back =on) 
		(^ =or =else|, =or =else|^ =otherwise|, =otherwise) ..3 (=we|=we'll|=i|=you|expect|face|everyone|=the) ..6 & not (clause|agreed|contract|=you ..2 (can|may)|let =us know|=we (keep|send|assume) =the)
		(report|tell|denounce|expose|inform|leak|publish|forward|send|pass|hand|show|write|call|speak|complain) ..7 (tax ..1 (office|police|authorit*|inspector*|man)|taxman|prosecutor*|police|press|media|journalist*|newspaper*|competitor*|rival*|everyone|everybody|wife|husband|investor*|=your (partners|suppliers|customers|clients|board|boss|bank|landlord)|whole (town|market|trade|industry)|collectors|authorit*|irs|hmrc|public|internet|social) & (=we|=we'll|=i|=i'll|or|otherwise|=your) & not (instruct*|request*|asked|list|return*|statut*|law|clause|consent|agreed|deadline|vat|filed|registered|report =is|monthly|successor|due|=nothing|=no)
		(publish|expose|leak|make public|go public|disclose|air) ..6 (=your|email*|correspond*|secret*|file*|detail*|chat*|messages|photos|everything|story|truth)
		(send|pass|forward|show|give|circulate|share) ..3 =your ..1 (private|old|internal|secret|confidential|embarrassing|emails|correspondence|messages|chats|drafts)  ..8 (=to|with|everyone) & not (=to =you|successor|request|=as =you|new (accountant|provider)|instruct*|bank)
		(everyone|everybody|whole|people|others|all) ..4 (=will|shall|going =to|=ll) ..1 (know|hear|learn|find out|read) ..6 (=about|=what|=how|=of|=that) & @you
		(tell|let) ..2 (everyone|everybody|=the world|=the trade|all|people) ..4 (=in|=about|what|know|trade|=of|how)
		(expect|prepare|get ready|ready|brace|look forward) ..3 (inspection|trouble|consequences|audit|visit ..3 (tax|police|bailiff*|lawyer*)|problems|worst|lawyers|bailiffs|hell|=our lawyers|surprise*|storm)
		(this|=it|that) ..3 (cost =you|haunt|not end well|end badly|bite =you|catch up|hurt =you) ..2
		(cost) =you (dear|dearly|more|a lot|everything)
		(consequences) ..5 & @you & not (=no consequences|tax|=of late|avoid|explain)
		@you ..2 (have been|=ve been|been) ..1 warned
		(=don't|=do =not|never) ..2 say ..3 (=we|=i) ..3 warn
		(had better|=you'd better|better) ..2 (be careful|watch|think|hope|pay|not|pray|hurry|sleep)
		(watch) =your (back|step|mouth|words|tongue)
		(careful|beware|watch out|careful what) & not (read|check*|pack*|careful work|carefully|more careful|=we|handled|=take care|=mind) & (@you|be|beware|watch)
		(enemies|enemy) ..4
		(blacklist|black list|black-list|blacklisted|bad-mouth|badmouth)
		(make sure|see =to =it|ensure|arrange|guarantee) ..3 (nobody|=no one|=you ..3 (never|remember|regret|pay|suffer|=not)|everyone|=your life|=it hurts|others) & not (=you (receive|get|have|never miss|can|are|know)|=your data)
		make ..2 =your (life|lives|name|exit|days|leaving) ..2 (difficult|miserable|hell|hard|mud|unbearable|painful|expensive)
		make ..2 =you (pay|suffer|regret|sorry|remember|bleed)
		(=we|=i) ..2 (still)? ..2 (have|kept|keep|hold|remember|got) ..3 (all =your|certain|some|=your private|things|copies|dirt|something|proof|recordings|screenshots|everything =you) ..10 (wrong hands|mind|think|careful|remember|use|know|surface|hand|interest*|public|end up|forget|court|embarrass*) 
		wrong hands
		(keep|bear) ..1 (that|this|=it) =in mind & (=we|=you|market|town|people) & not (date|deadline|holiday|please|office)
		(small|tight) ..2 (town|market|world|industry|circle|community|trade) ..4
		(word|news|rumours|rumors|gossip|stories) ..2 (gets|travels|spreads|travel|spread|get) ..2 (around|fast|quick*)
		people talk
		(pity|shame|sad|unfortunate|tragic|terrible) ..2 =if ..10 (tax|heard|learn*|happened|data|lost|found|details|leak*|know|knew|came out|disappear*|discover*|fell|reputation|surfac*)
		(something|things|anything|accidents|accident) ..2 (happen|happened|happens|could happen|may happen) ..3 & not (=if anything happens ..2 call)
		(data|backups|backup|archives|archive|files|servers|documents|records) ..3 (sometimes|often|easily|way =of|tend|can|may|could|occasionally) ..4 (lost|disappear*|vanish*|burn*|crash*|deleted|fire|corrupt*)
		(=we|=i) ..1 know ..3 (enough|lot|everything|things|where|plenty|too much|secrets|what =you|all) ..4 (=about @you|=you|live|=your) & not (=we know =what =you (need|want)|=how (much|hard)) & not (how)
		=who ..2 (holds|has|keeps|knows|hold|controls) ..4 (password*|key*|secret*|data|server)
		(think twice|think again before|think hard before) ..3
		(make|made|get) ..1 =us (angry|mad|upset)
		(=don't|=do =not|not) ..2 (mess|play|cross|fight|provoke|anger|quarrel) ..2 (with =us|=us|=me|games)
		(wonder|imagine|curious|interesting|like =to know|love =to know) ..4 (what|how|whether) ..2 (=your|=the|tax*|hmrc|police) ..4 (wife|husband|board|tax*|inspector*|boss|investors|partners|partner|shareholders|bank|police|clients|say|think|react)
		(=what|how) ..1 =your ..1 (wife|husband|board|boss|investors|bank|shareholders|mother) ..2 (would|will|might) ..2 (say|think|react|feel)
		=if =you ..2 (leave|cancel|go|end|quit|try|dare|walk|do) ..8 (delete|switch =you off|cut =you|pay|destroy|sue|wipe|erase|ruin|make =you|come after|block|shut =you|regret|lock) & not (delete =your data ..3 (request|law|30)|by then|to pay|fee|before|request|pay =nothing)
		(=we|=we'll|=i'll) ..3 (delete|erase|wipe|destroy) ..3 (all|=your|everything) & not (request*|asked|law|days|gdpr|until|after #|confirm*|wish)
		? (hand|pass|give|turn|refer|sell) ..5 (debt ..1 collectors|collectors|collection agenc*|prosecutor|police|bailiffs|enforcers|=our lawyers) & not (clause|article|section|contract)
		(take|drag|see|haul) ..1 =you ..1 (=to|=in|through) ..1 (court|courts)
		(=we|=i) ..3 sue @you
		(deal with|like =it|end =of) =you ..2 (=them|then|=when) 
		let =them ..1 deal with =you
		see ..1 how =you like
		(=not|never|won't) ..2 (let ..1 (this|=it|that|=you) ..1 (go|get away|off)|forget|forgive|=leave =it|get away) ..4 (this|=it|that|=you|such|easily|with|here|like)? & (=we|=you|=i) & not (=we ..2 (never|not) forget =your (kindness|help|trust)|=do =not forget =to|=don't forget =to|forget =to)
		(=we|=i) ..3 never ..1 (forgive|forget) & not (kindness|help|trust|years|thank*)
		(big|huge|worst|terrible|grave|great|biggest|serious|costly|fatal) ..2 mistake ..6 & (@you|this =is|making) & not (=we|=our|ours)
		(@you|soon) ..4 find out ..3 (soon|hard way|how|what =we|just)
		just =you wait
		just wait $
		(hard way)
		(destroy|ruin|crush|bury|finish|wreck) ..1 @you ..2 & not (delete)
		(haunt|haunts|haunted) ..3
		sleep ..1 with one eye
		=we =know ..1 where
		be =a pity =if
		(=our|=the) lawyers ..2 (will|=ll) ..3 & not (clause|draft|check|advise|help)`,
	LossPressure: `
		(last|final|only|one) ..2 (chance|opportunity|call|offer|warning) ..6 & not (=we ..2 (had|offer =no)|last =call =with|call =on|second chance =to)
		? (=no|never|won't|not) ..2 (second|another|other|more) ..1 (chance|chances|offer|time|opportunity|one)
		(hurry|act now|act fast|act today|be quick|act quickly|don't wait|do =not wait|don't delay|decide now|decide today|rush =to|before =it =is too late|=it's too late) & not (=no hurry|not hurry|=is =no)
		<!@neg @you ..3!@neg (lose|losing|lost|forfeit|miss out|throw away|forfeiting|stand =to =lose) ..2 (everything|=it all|all|forever|everything =you|out|more =than|a fortune|big)
		(lose|losing|forfeit) ..1 (everything|=it =all|=all)
		(only|just|act|now|last|hurry|mere|but) ..4 (#|one|two|three|four|five|six|ten|few|twenty|twelve|half) ..2 (hour|hours|minute|minutes|seconds|days|day) ..2 (left|remaining|remain|remains|=to go|until)
		? (#|one|two|three|four|five|six|few|twelve) ..1 (hour|hours|minute|minutes|seconds) ..2 (left|remaining|remain|remains|from now) ..8
		(days|day) ..1 (left|remaining) ..5 (save|discount|offer|price|rate|plan|before|keep|chance|deal) & not (working)
		(within|after|=in) ..2 (hour|hours|minutes|day|week|days|#) ..8 (=gone|close* forever|vanish*|disappear*|forever|worthless|collapse*|too late) & not (answer*|reply|act|courier|access)
		(today|tonight|midnight) ..1 only
		only ..1 (today|tonight|until midnight|until tonight|=for today|this week) ..4 & not (open|reach*|office|read*|arriv*|received|notic*)
		(offer|price|discount|deal|rate|plan|bonus|terms) ..4 (ends|dies|expires|gone|disappear*|vanish*|runs =out|closes|end|going) ..4 (tonight|today|midnight|forever|hour*|tomorrow|soon|minutes|now|noon|good)
		(tomorrow|later) ..4 (gone|too late|late|never|double|twice|over|history)
		(clock|time) ..2 (ticking|running out|run* out|slipping|ticks|is short|against =you)
		running out =of time
		(never|nobody|=not ..4 again) ..4 (again|return|come =back|come twice|repeat*|offer*|get =it back|see|find) ..5 & (offer|terms|price*|deal|chance|rate*|like this|like these|such|discount|back|moment|opportunity) & not (=we ..3 (write|contact|disturb)|obligation)
		(gone|lost|vanish|vanishes|disappear|disappears|over|closed|closes) ..2 (forever|=for good|=for ever|overnight|for =all time) ..2 & not (clean*|problem)
		(door|window|train|ship|boat|gate) ..3!@neg (closing|leaving|closes|leaves|shut|shuts|shutting|sailing|sailed|departing|gone) ..5 & not (open|office)
		(imagine|think|picture|consider) ..4 (how much|=all =the money|what|everything|all) ..3 @you ..4 (lose|losing|missing|miss|slipping|throw*|give =up|waste|wasting)
		(money|savings|profit) ..3 (slipping|slip|melting|pouring|disappear*|flying|evaporat*|draining)
		(every|each) ..1 (day|hour|minute) ..6 (lose|losing|cost*|slip*|miss*|waste*|bleed*) & @you
		(@you ..4 lose|losing ..3 money) ..4 every ..1 (day|hour|minute)
		(left|end up|leave|be) ..3 with ..1 nothing ..4
		(everything|all =your|=your savings|=your money|=it will =all|savings|whole) ..8 (collapse|worthless|vanish|smoke|dust|ashes|crumble|evaporate|fall apart|gone|be lost|disappear|ruins) & not (=not ..2 lost|kept)
		(miss|hesitate|wait|delay|blink) ..3 (moment|now|chance|this|=it|=and) ..6 (gone|forever|never|lose|late|regret|lost)
		=without =us ..8 (=you|everything|fall|fines|nothing|collapse|lose|chaos|disaster)
		(@you|everything|nothing) ..8 =without =us ..2 & (lose|fall|fines|collapse|chaos|disaster|fail|nothing|sink|alone|lost)
		(decide|choose|sign|call|reply|respond) ..1 (now|today|immediately|=at once|=right away|this minute) ..3 & not (can =be|received)
		(disaster|catastrophe|ruin|doom) ..4 (awaits|waiting|ahead|certain|inevitable|looms)
		(=it =is|=it's|tomorrow|soon) ..3 too late ..3 & not (=not too late|never too late|=we|answer*)
		(while|before|until) ..3 (stocks last|supplies last|=it lasts|gone)
		(price|rate|discount) ..3 (=will =not wait|won't wait|not wait)`,
	RelativesStory: `
		(thought better =of|changed ..1 (=his|=her|=their|=its) mind|sat ..2 out|stayed ..1 put) ..8 (delighted|glad|happy|regret*|pleased|grateful|thrilled|recommend*) & not (=we|=you)
		<!(=your|emergency) (=my|=our|=me) ..1 (own)? ..1 (mother|mum|mom|father|dad|brother|sister|aunt|uncle|grandmother|grandma|granny|grandfather|grandad|wife|husband|son|daughter|cousin|nephew|niece|friend|neighbour|neighbor|in-laws|mother-in-law|brother-in-law|father-in-law|sister-in-law|parents|godmother|flatmate|roommate|classmate|boyfriend|girlfriend|best friend|old friend|good friend|partner) ..8 & not (=your friend|=our partner bank|=our partner|=our friend)
		=my ..2 @kin
		=a ..2 (friend|cousin|colleague|neighbour|neighbor|relative|mate|acquaintance|client) =of (mine|ours|=my) ..8
		(friend|friends|neighbour|neighbours|cousin|relative) =of mine
		(other|others|many|most|several|nine|plenty|lots|hundreds|majority) ..4 (clients|customers|people|companies|depositors|firms|=who|=in =your) ..8 (stay|stayed|changed|happy|regret*|thank|returned|came back|come back|glad|pleased|waited|delighted|renewed|grateful|reconsider*|better off|kept|sorry|rejoin*) & not (thank =you|change =their (password*|address*))
		(others|everyone else|everybody else|people) ..2 =in =your ..1 (place|position|situation|shoes|case|industry) ..6
		=in =your ..1 (place|shoes|position) ..4 (stay*|gained|happy|would|did|kept|others|waited|=my|friend)
		(one|another|=a|some) ..2 (client|customer|company|firm|lady|gentleman|depositor|man|woman|family|businessman) ..2 (=of =ours|=who|=that|wanted|was|left|=we|thought|once|nearly|almost|with|had) ..10 (regret*|came back|returned|stay*|happy|happier|delighted|sorry|begged|doubled|gained|waited|pleased|lost|back within|grateful|changed =his|changed =her|glad)
		(=your) ..1 (neighbour|neighbor|colleague|competitor|friend|cousin|brother|partner|rival) ..4 (wanted|stayed|left|changed|came|regret*|happy|kept|is =with|did|waited|renewed|thought|too|=as =well|signed) & not (may|can|bring|collect|sign =for|power)
		(i|=we) ..2 (know|knew|had|remember|recall|once) ..2 =a ..2 (company|client|customer|family|man|woman|case|firm|lady|business|guy) ..3 (=who|=that|=where|with)? ..6
		(everyone|everybody|nearly everyone|almost everyone|all) ..2 (=in|=on|=from) ..1 =your ..1 (street|building|town|office|block|house|area|village|neighbourhood|neighborhood)
		(grandmother|grandma|grandfather|father|mother|uncle|aunt|dad|mum|granny) ..3 (used =to =say|always said|always says|used =to|say|said|says|told|taught|swears|would =say)
		(director's|boss's|manager's|accountant's|colleague's|director|boss|manager|colleague) ..1 (daughter|son|wife|husband|brother|sister|mother|father) ..10
		@kin ..2 (did =the same|same|stayed|never regret*|too|kept|waited|=as =well|left) ..8 & not (=your|power =of)
		(=who|she|he|they) ..2 (never|not) ..1 (looked back|regretted|been happier)
		(never|not) ..2 (been|looked|regretted) ..1 (happier|=a day|back|=it) & (=she|=he|=they|=hers|=has|=and|=who) & not =we`,
	PersuadeAfterFinal: `
		(nobody|=no =one|=no ..1 (need|reason)|=needn't|=not =need|=without) ..3 (=leave|=leaving|=end|=quit|=go|=part|=switch) ..3 & not (=office|home|until|signature)
		(give|find|assign|change|swap|replace|get) ..2 (=you)? ..2 (another|=new|=the|different) ..1 (trainer|doctor|teacher|manager|dentist|bookkeeper|driver|tutor|accountant|engineer)? ..8 & (stay|carry =on|=go =on|continue|=nobody =has|=no =reason|keep) & not (successor|=your =new)
		(reconsider|rethink|re-think|reconsidering|reconsideration|rethinking)
		(think|look|consider|thought|weigh|talk|go|mull) ..3 (again|twice|once more|=it over|over|another|things over|=it through|everything) ..3 & not (=we (will|look)|=if =you ..3 (later|ever)|think =of =us again) & not (looked again)
		(change|changing|changed|changes) ..2 (=your|=their) ..1 (mind|minds|decision)
		(second|another|further|more) ..1 (thought|thoughts|=look)
		sleep =on =it
		(stay|remain|continue|staying|carry =on) ..1 (with =us|another|=at least|=on|=a while|longer|=a little|as =our|=our client|client|after all|=for|until|=just|onboard|aboard) ..3 & not (thank ..3 stay*|contact ..2 stay*|stays? =with =you|stay =in touch|keep|archive|copy|remain* =with|=we (stay|remain)|document*|balance|yours)
		(please|=you|=to|just|and|us|=you'd|=you'll) ..2 (=stay|=renew|=remain) ..3 & not (=in touch|=we|informed|free|=to =you|=in contact|balance|open|=to remain|well|safe|archive)
		(=stay|=renew) $ & not thank
		(do =not|don't|please =not|never) ..2 (leave|go|quit|cancel|end|terminate|decide =in haste|rush|give up|close =the|close =your|sign =the|walk) ..4 & not (hesitate|leave =it|=any|leave =papers|go =to|leave =out|leave =comments|behind|unanswered|leave =you|leave =empty)
		(=not|don't) ..1 rush ..4 & not (=need =to rush)
		(let =us|=let's|why =not|could =we|can =we|may =we|we could|maybe|perhaps|=how =about|what about) ..3 (not rush|put ..4 off|postpone|delay|try|take =a break|pause|wait|talk =it over|meet|start over|give =it|keep|=a new|=at least|hold off|sit down|revisit|continue|find =a way|extend|once more|another month) ..4 & not (handover|keys|list|archive|password*|courier|reconcil*|date =for =the)
		(give|grant|allow|spare|offer) ..1 =us ..3 (chance|month|week|opportunity|time|try|shot|few|moment =to|days|quarter) ..6 & not (=for =the (list|archive|reconcil*)|address|a call|time =to =pack|time =to =prepare)
		(one more|second|another|last|final) ..1 (chance|=try|opportunity|shot|=month|attempt) ..6 & not (=will|copy|=no|report|act|bill|invoice)
		(we|=we'd|=we'll|=i|director|owner|manager|=our) ..4 (offer|propose|ready|prepared|willing|happy|could|can|give|like =to|would|lower|cut|have) ..6 (discount|free ..2 (month|month*|until|quarter|year|week)|months? free|half ..2 price|for half|price|lower|cheaper|off|special ..1 (offer|price|deal|rate|terms)|better ..1 (price|rate|terms|deal|offer)|new ..1 (terms|plan|package|tariff)|extra|bonus|upgrade|credit =if|third) & not (statement|line|include*|already|handover|refund*|clause|until ..1 (march|may|april|june)|act #|electronic)
		! (=come =back|=return =to =us|=rejoin =us) ..8 (discount|=free|=half =price|=cheaper|=bonus|=gift|=off) & not (documents|archive|files|=charge|=if)
		(special|new|better|exclusive|tailored|personal|individual|improved|attractive) ..1 (offer|price|deal|terms|rate|plan|package|conditions|proposal|tariff) ..6 & (@you|try|suit*|if|=we) & not (provider|new price list|statement)
		(month|quarter|week|year|months|weeks) ..2 (free|=on =us|=at =our (expense|cost)|=at =no (cost|charge)|gratis|=at half)
		(free|gratis) ..2 (month|quarter|week|trial|year)
		(try|trial) ..4 (month|weeks|again|new|different|another|plan|package|format|=our|once|quarter)  & not (=we =will =not|call*|reach|link|portal)
		=we ..3 (work|working|continue|serve) ..3 (=for half|=for free|=for nothing|=at half|without charge|without pay) & not contract
		(lower|cut|reduce|halve|drop|slash|match|review|rethink|adjust) ..3 (price|prices|fee|fees|rate|rates|cost|tariff|bill) 
		(=if|provided|=as long =as|=so long|=so =that|=to make|=only|=for) ..2 @you ..3 (stay|stayed|continue|continued|renew|renewed|remain|keep|withdraw|withdrew|sign again|change =your|cancel =the (termination|notice)|don't leave|=do =not leave|extend|agree =to =stay|carry =on|reconsider)
		=to make =you stay
		(what|how) ..2 (would|will|does|could|can) ..3 (=it)? ..2 (take|make|keep|convince|persuade|do) ..5 (stay|keep|you|change|continue|remain)  & (stay|keep|change|continue|convince|persuade|remain|take)
		what ..1 =it ..1 (would|takes|take|will) ..3 take?
		(keep) =you ..2 (=as|with|=on|$|client)
		=to keep =you
		(name|tell|say) ..2 (=your|=us) ..2 (terms|price|conditions|what ..4 (stay|keep|take|missing))
		(are|=you) ..1 =you ..2 (sure|certain|quite sure|absolutely|positive|really) ..6
		=are =you ..1 (really)? (sure|certain|positive)
		(is|=if) =this ..2 (really)? ..2 (right|best|final|wise) ..1 (decision|choice|step|move) & not (=we)
		(hold|keep|park|sit|delay|freeze|=not process|=not register|put aside|=not accept|suspend) ..2 (=on)? ..1 =your ..1 (notice|letter|cancellation|request|termination|resignation) ..8 & not (keep =your data)
		(=in case|=should) ..2 =you ..3 (change|think|reconsider|decide =to stay|regret|want =to stay)
		(hope|hoping) ..4 (=you ..3 (change|stay|reconsider|come =round|return =to =us =soon)|=the best|=for =a change|=for =the best)
		(=not|never|isn't) ..1 too late
		(turn|turn =it|go) ..1 back ..2 & (late|can|still|possible|decision) & not (=to =you|door)
		(=undo|=reverse|=revoke|=withdraw|=retract|=rescind|=take =back|=cancel|=revisit) ..3 (notice|termination|decision|cancellation|letter|this|=it|request|leaving) & not (=no longer|=at any time ..3 consent|consent|invoice)
		(what =if|=and =if|=suppose|suppose) ..1 =we ..8
		(could|would|can) ..1 =we ..2 (keep|continue|save|extend|carry|go on|stay|remain|win) ..4 (contract|working|together|relationship|=on|=you)
		would =you ..3 (carry =on|continue|stay|reconsider|consider|give|agree =to =stay|think|remain|renew|be open|be willing) & not (like)
		(persuade|convince|<!=a =talk =you|win =you back|change =your mind|talk =you out|dissuade|win =you over) ..4 & not (=not ..3 (try|persuade|attempt)|nobody|will =not)
		(talk|argue|convince) =you ..1 (out =of|into|round|otherwise)
		(hate|sad|sorry|loath|reluctant|hard|difficult|pity|shame) ..2 (=to)? ..2 (lose|let ..1 go|see =you go|part with|losing|let =you) ..8 (perhaps|maybe|try|but|would|could|new|instead|offer|how|suit|stay)
		(perhaps|maybe|possibly|might) ..6 (=our|new|another|smaller|different|other) ..2 (plan|package|tariff|format|offer|terms|price|service|option) ..3 (suit|work|interest|help|appeal|tempt|better)?
		(perhaps|maybe|possibly) ..3 (stay|=you ..3 (stay|reconsider|continue|change)|meet|talk|=we ..3 (talk|meet|find|try|fix|change))
		(meet|call|talk|coffee|visit|conversation|chat) ..4 (before|first|=and ..2 (discuss|talk|see =if|find|fix|change)) ..4 (=you ..2 (decide|go|leave|sign)|leave|leaving|decide|everything|final|stay|=it over|=way)
		before =you ..2 (go|leave|decide|sign|end|quit|close) ..6 & not (archive|download|copy|papers|folder)
		(put|push|move) ..5 (off|back) ..4 & (termination|leaving|end|notice|decision|=it|departure|=until) & not (handover|delivery|meeting)
		(postpone|delay|defer|suspend) ..4 (termination|leaving|end|notice|decision|departure|cancellation|exit|goodbye|contract)
		(wait|hold) ..2 (=a|until|another|few|just) ..3 (month|week|autumn|spring|summer|quarter|year|days|bit|little|monday) ..5 & not (=for =the (courier|archive|bank)|reconcil*)
		(take =a break|=a break|pause =instead|cooling-off|cooling off) ..4
		(=we|=we'll|=we'd) ..1 (can|will|would|could)? ..1 (fix|change|improve|repair|solve) ..2 (everything|=it all|anything|all|whatever|things) 
		(love|like|want|wish|ask|beg|urge|invite|hope|encourage|plead) ..2 =you ..1 =to ..3 (stay|reconsider|think|continue|remain|renew|wait|withdraw|give|try|change|keep|carry|come round)
		only ..1 (=do =not|don't) leave
		just stay`,
	RuleDispute: `
		=in ..1 (this|our|=the) ..1 (trade|line =of =work|industry|business|profession) ..2 (nobody|=no =one|one ..1 (=not|=never)|people ..1 (=don't|=do =not|=never)|clients ..1 (=don't|=do =not|=never)) ..6 & not @clause
		(decent|proper|good|serious|honest) ..1 (customers|clients|people|parents|tenants|companies|families) ..3 (let|tell|warn|say|speak|inform|give) ..4 (ahead|=in =advance|earlier|before|quarter|month*|weeks) & not @clause
		(=we|=we're|=us) ..3 (usually|normally|generally|typically|always|customarily|ordinarily|commonly|used) ..4!@clause (told|notified|informed|warned|given|expect|get|receive|advised|have|hear|require|ask|need) ..8 (ahead|advance|before|month|weeks|notice|months|earlier|quarter|warning|prior|beforehand|30|days) & not (@clause|within|answer*|inform =you|tell =you|notify =you|warn =you)
		(clients|people|customers|companies|everyone|everybody|others|partners|one|=most|=they) ..4!@clause (usually|normally|generally|always|typically|customarily|gives|give|tell|tells|gave|give) ..3!@clause (=us|give|tell|notice|inform|let|warn|announce|notify|wait|=a month|month*|weeks|warning|leave) ..8 (notice|month|ahead|advance|weeks|before|earlier|warning|quarter|days|months|prior) & not (@clause|receive|collect|choose)
		(usually|normally|generally|typically|always|customarily) ..3 (give|gives|tell|inform|let|warn|notify|announce) ..2 (=us)? ..6 (notice|month|ahead|advance|weeks|before|warning|months|quarter) & not (@clause|=we (usually|normally|generally|always|typically)|=we)
		(customary|usual|usual practice|common practice|tradition|traditional|standard practice|common courtesy|accepted|=the custom|=the norm|expected|normal|etiquette|rule =of thumb|unwritten) ..8!@clause (notice|ahead|advance|warn*|tell|month|weeks|announce|=before ..1 leaving|earlier|quarter|warning) & not (@clause|=we ..2 (answer|reply)|courier|bank|act)
		(notice|warning) ..4 (customary|usual|normal|standard|expected|common|minimum|tradition*|everywhere|=the norm) & not @clause
		(decent|proper|reasonable|normal|usual|customary|fair|adequate|sufficient|polite|ordinary) ..1 (notice|warning) ..4 & not @clause
		(=in =our|=in =this|=in =the) ..1 (trade|industry|business|line|profession|field|sector|circles) ..5 (give|gives|notice|month|usual*|ahead|advance|warn*|wait*|expect*|leave*|tell*|notif*|work =out) & not @clause
		(nobody|=no one|none|=not one|never|=not =a single|=no client|=no customer) ..5 (leaves|quits|leave|left|gone|goes|walks|quit|walked|cancels|cancelled|ended|went) ..8 (middle|short|week|notice|warning|month|quick*|quarter|fast|without|mid|abrupt*|sudden*|days) & not @clause
		? (=not|isn't|=never|=is) ..2 (done|proper|right|acceptable|correct|fair|how ..2 done|=the done thing|way =things|good form|customary|polite|professional|usual) ..3 =to? ..2 (leave|walk|end|quit|go|stop|cancel|terminate|notice|middle|finish|part|depart)
		(=not|isn't) ..2 how ..1 (=it =is|=it's|things|this|business|=we|people|one) ..2 (done|leave|part|do|works|work|leaves)
		=it ..1 (simply|just)? ..1 (=not|isn't|=is =not) ..1 done
		(middle|midst|end|mid) ..2 =of ..2 (month|quarter|year|season|week|project) ..6 & (=not|nobody|isn't|improper|rude|cannot|can't|never|no one|impossible) & not @clause
		(mid-month|mid-quarter|mid-year|mid-season|midyear|mid-term)
		(short|little|sudden|such short|=so little|late) ..1 notice ..6 & not (@clause|=we|sorry|apolog*|our) 
		(week|weeks|fortnight|day|days) ..4 (=is|=are|simply)? ..3 (=not|isn't|hardly|too short|never|scarcely|barely) ..2 (enough|sufficient|notice|how|warning|short|adequate|by any|proper|=a notice) & not @clause
		too short ..5 & not (@clause|answer*|=our)
		@you ..1 (should|ought|must|might|could|were supposed|needed|had) ..2 (=to)? ..1 (have)? ..1 (told|warned|given|notified|informed|tell|said|let|announced|mentioned|give|notify|inform) ..1 (=us)? ..6 (earlier|ahead|advance|month|notice|time|before|weeks|sooner|warning|know) & not (@clause|=we)
		(should|ought|supposed|must) ..3 (=us)? ..2 (notice|warning|told|warned|notified) ..5 (month|earlier|advance|sooner|weeks|ahead) & not (@clause|=we)
		(good manners|manners|courtesy|etiquette|decency|politeness|common sense|good form) ..6 (month|notice|warn*|ahead|advance|earlier|demand*|require*|week*|tell|announce)
		(=we|=us) ..3 (expect|expected|used|count|rely|ask|insist|assume|assumed|counted) ..2 (=to|=on)? ..5!@clause (month|notice|warning|ahead|advance|quarter|weeks|earlier|being told) ..6 & not (@clause|answer|reply|no notice)
		(everyone|everybody|others|other firms|other clients|all|companies|most) ..3 (does|gives|do|wait|waits|give|manage*|knows) ..3 (month|=it|notice|so|weeks|custom|=the same) & not @clause & not (=to =do =the =same|brother|sister|friend|cousin)
		(=that =is|=that's|=it =is|=is) ..1 (=the)? ..1 (custom|customary|norm|tradition|=usual) $ & not @clause
		(month|month's|months|weeks|quarter) ..4 (=is|=are|=at) ..2 (=the)? ..1 (least|minimum|norm|standard|custom|usual|customary|normal|expected) & not @clause
		(notice|leave) ..4 (end =of =the (quarter|month|year)|quarter ends|month ends) & (people|one|clients|wait*|everyone|usual*) & not @clause
		=so ..2 (june|may|july|august|september|april|march|friday|monday|earlier|=it|#) ..3 (impossible|out =of =the question|not possible|must be|cannot|can't|won't) & not @clause`,
	Hostage: `
		(notice|notices|miss|misses|missing|discover|find|finds|ask|asks) ..4 (missing|gone|absent|papers|folder|documents)? ..4 (=we ..2 (send|return|give|post|hand) ..2 =it? ..1 =then|=that =is =when|=then =we ..2 (send|return|give)) & not (same day|=at =once|free)
		@papers & (=minute|=moment|=as =soon =as|=day|=when|=once|=after|=until|=if) ..5 (transfer|money|payment|paid|invoice|lands|settled|funds|fee|balance|debt) & not (regardless|whether|even|receipt|confirmation|later|=no =matter|irrespective|refund|statement|reconcil*) & (yours|way|safe|release|back|get|returned|follow*|unlock*|=here|send)
		@papers ..6 (stay|stays|remain|remains|sit|sits|rest|locked|safe) ..8 (=while|=as =long =as|=until|=till) ..5 (open|unpaid|owe*|paid|pay|settled|invoice|debt|money)
		(settle|pay|clear) ..4 (invoice|bill|balance|debt|account) ..2 =and ..6 @papers
		// papers come after money, whatever the order of words
		? @papers & @give & (after|once|when|until|till|unless|=if|upon|provided|before|=on =receipt|against|as soon|first|moment|only|without|subject|condition|conditional) ..5!(@papers|@give) @payverb & not (regardless|even|later|whether|receipt|nothing|without any condition|=no matter|confirmation|not depend|independent*|irrespective)
		@papers & @give & (after|once|when|until|till|unless|=if|upon|provided|=on receipt|against|as soon|moment|only|subject|exchange|return =for) ..5!(@papers|@give) (paid|payment|settled|money|balance|debt|invoice|cleared|owe|fund*|transfer|bill|amount|arrears|fee|fees|cash) & not (regardless|even|later|whether|nothing|=no matter|confirmation|irrespective|not depend|receipt =to|independent*|reconcil*)
		(papers|documents|files|archive|passwords|keys|originals|folders|data|database|records|ledgers|books) ..3 (only|first|after|once|against|when) ..4 (pay|payment|paid|money|cash|debt|invoice|settl*|clear*|balance) & not (regardless|even|whether|later|receipt|nothing)
		(release|return|hand|give|send|unlock|deliver|restore|open|surrender|share) ..8 (once|after|when|only|until|unless|against|upon|exchange|as soon|=on receipt|=on condition|provided) ..6 (balance|paid|pay|payment|money|settle*|invoice|debt|clear*|zero|account =is =settled|funds|fee*|cash|bill|arrears) & not (regardless|even|whether|refund|receipt =to|deposit|advance =back|overpa*|irrespective|confirmation|=no matter|receipt $)
		@you ..2 (will|=ll|can|may)? ..1 (get|receive|have|see|collect|find|recover) ..8 (once|after|when|only|until|unless|against|upon|as soon|=on receipt|=on condition|provided|=the day|=the moment) ..6 (balance|paid|pay|payment|money|settle*|invoice|debt|clear*|zero|funds|fee*|cash|bill|arrears|transfer*) & not (regardless|even|whether|refund|receipt|irrespective|confirmation|statement|=no matter)
		(until|unless|till|before|without) ..6!@papers (pay|paid|payment|money|balance|debt|settle*|clear*|invoice*|funds|transfer*|fee*) ..8 (=no|not|stay|stays|keep|keeps|remain|remains|hold|locked|wait|blocked|closed|nothing|won't|cannot|=our hands|never) & not (regardless|even|late fee|provides|interest|=no charge|=no late|=no interest)
		(=no|not|won't|cannot|nothing|never|keep|keeping|hold|holding|withhold|withholding|stay|stays|remain|remains|locked|blocked|wait|waits|closed|retain|retaining|sits|suspended|frozen) ..8 (until|unless|till|before|without|as security|against|pending|while) ..6 (pay|paid|payment|money|balance|debt|settle*|clear*|invoice*|funds|owe*|transfer*|fee*|arrears|outstanding|cash) & (@papers|archive|access|file*|account|server|box|material*|folder*|=you ..2 (get|see|receive)|it) & not (regardless|even =if|=no charge|=no hurry|late fee|interest|=not affect*|=no condition*|not depend*|not tied|without any)
		(first|=pay first|payment first) ..2 (=the|=we|=you|=your|=our)? ..2 (money|payment|pay|invoice|debt|settle*|transfer|balance|cash|clear*) ..6 (then|papers|document*|files|password*|archive|data|access|next|second|afterwards)
		(pay|settle|clear|transfer|money) ..3 (first|now|today) ..4 (then|and|files|=the papers|=the archive|document*|papers)  & (@papers|yours|file*)
		(pay|settle|clear) ..2 first
		=no (payment|money|cash|transfer) ..2 =no ..3
		? =no (payment|money) ..3 (@papers|access)
		(do =not|don't|refuse|fail|forget) ..2 (=to)? ..1 (pay|settle|transfer) ..2 =and ..6 (never|=not|stay*|keep|lose|lock*|@papers)
		@papers ..6 (security|guarantee|collateral|hostage|pledge|deposit|leverage|ransom|insurance|lien|bargaining) ..6 & not (social security|security (code|check|settings|keys|policy)|data security|password security|guarantee =that =your|refund|warranty)
		(as|=our|is|are) ..1 (security|collateral|guarantee|hostage|leverage|pledge|insurance) ..4 & (@papers|books|records|owe|debt|pay*) & not (social|data)
		// in exchange
		(=in exchange|=in return|exchange|<!(foreign|=the|=this|=our|=your) trade|swap) ..2 (=for)? ..6 & (@papers|password*|key*|access|files)  & not (phone exchange|new copy)
		(once|when|after|=as soon|the moment|=if|only|until|unless|provided) ..4 @you ..4 (sign|signed|delete|deleted|withdraw|withdrawn|remove|removed|drop|dropped|apologise|apologize|apologised|retract|agree|cancel|take =down|waive|stay|reconsider|change) ..4 (waiver|review|complaint|claim|release|petition|lawsuit|apolog*|=to ..2 stay|=your mind|dispute|post|comment|nda|rights|objection|cancellation)? ..8 & (@papers ..6|@give ..4 @papers|folders|archive|access|come* back) & (waiver|review|complaint|claim|lawsuit|stay|apolog*|mind|dispute|withdraw*|retract|release|waive|rights|post|reconsider|drop*|nda)
		(waiver|release|review|complaint|claim|nda) ..12 (=and|then|first|before) ..8 (@papers|access|folders)  & (=we|=you|come|get) & not (after ..2 review|=we ..2 review)
		(=if|should|when|once|until|anyone|as soon) ..4 (they|anyone|accountant|successor|someone|somebody|=you|new|notice|notices|misses|asks|ask|inspector|nobody) ..4 (notice|notices|miss|misses|ask|asks|spot|discover|complain*|missing|demand*|insist*|look*) ..8 (then|hand|give|return|look|see|find|send|release|think|consider|talk) & (@papers|gap|records|them|=it|missing) & not (question*|help|call|=if =you miss|contact|two days)
		? (that =is when|=only then|=then =we|=then =and|and then =we|=not =before|then ..1 (will|shall|can|may)) ..4 (look|hand|talk|return|release|give|get|discuss|see|open|send|find|=the (files|papers|archive)) 
		(then) =we ..2 (talk|discuss|see|speak) ..3 (document*|papers|files|archive|data|access|about)
		(and|then|once|when|after|moment) ..8 (folders|papers|files|archive|documents|records|database|data|keys|box) ..1 (are|=is|=will be|=be) (yours) & not (whether|regardless)
		(want|need|would like|like|missing|looking =for|waiting =for) ..4 @papers ..6 (clear|settle|pay|transfer|first|owe|invoice|debt|bring ..3 money) & not (=if =you need ..6 write|earlier|=no need)
		(settle|clear|pay|transfer|wire|cover) ..6 (=and|then|first|,) ..4 (@papers|access|source|folders|courier|handover|everything =is =yours|you ..2 (get|receive)) & not (receipt|=we (pay|clear|settle|cover)|refund|reconcil*|statement)
		(money|transfer|payment|cash|wire) ..3 (today|now|first|=in =the morning|morning) ..6 (folders|papers|archive|courier|yours|files|documents|evening)
		(fate|future|what happens|return|release|handover|whether) ..6 (depends|depend|hinges|rests|hangs|decided|contingent) ..6 (pay*|=you|money|stay|debt|decision|behaviour|behavior|settl*|balance) & not (=not depend*)
		(handover team|courier|team|handover|engineer|colleague|transfer) ..4 (starts|start|leaves|sets|begins|comes|moves|goes|will|begin|set) ..8 (when|once|after|moment|=as soon|until|only) ..6 (money|payment|balance|paid|zero|funds|invoice|debt|settled|account =reads|clear*)
		(hurry|rush) ..6 (return|hand|release|give|with) ..4 (@papers|=your|them|files) & (=no|not|in) & (owe*|open|debt|invoice|unpaid|given|while|until|pay*)
		(=no hurry|=no rush|take =our time) ..6 (@papers|return|files) & (owe*|open|debt|invoice|unpaid|given)
		(access|account|login|portal|database|server|site|domain) ..3 (blocked|locked|closed|suspended|frozen|disabled|restricted|cut) ..2 (until|till|unless|pending|because ..3 (debt|unpaid|owe)) ..5
		(only|unless) ..4 (debtors|customers|clients|those) ..3 (=who|that) ..2 (pay|paid|settled|owe)
		(withhold|withholding|withheld|retain|retaining|confiscat*) ..6 @papers & not (=not ..2 (withhold|retain)|never|nothing|=no )
		(never|=not ..1) ..2 (see|get|receive) ..2 =your ..1 (@papers|files|data) ..5
		(tell|give|share|send|reveal) ..3 (=you)? ..2 (password*|code*|key*|credential*|login*) ..3 (when|once|after|=if|only|as soon|unless) ..5`,
	SuccessorSmear: `
		@your new ..3 (drown|sink|struggle|fail|break|panic|flounder|crash|collapse|quit)
		(=they|=he|=she|=them) ..2 (can|will|may) ..2 (work|figure|sort|puzzle|find) ..2 =it ..1 out
		=not =a ..1 (training|charity|school|help|helpdesk|kindergarten|hotline) ..1 (centre|center|desk)?
		(=your|=the|=that|=this) ..1 (new|next) ..2 (@successor|firm|company|one|guy|girl|man|woman|lot|bunch) ..5!@neg @bad & not (@our|=we ..3 (made|correct*))
		(=your|=the|=this|=that) ..1 (new|next) ..2 (@successor|firm|company|one|guy) ..3 (cannot|can't|won't|not|never|doesn't|don't|knows nothing|nothing|hardly|barely|=no|couldn't|has never|have no|unable|=will =not) ..3 (cope|manage|handle|know|understand|do|file|idea|clue|experience|able|capable|last|seen|tell|read|anything|count|nothing|keep|find|do) & not (=if|reach|yet|=have =to)
		(successor|replacement) ..6!@neg @bad
		(successor|replacement) ..3 (cannot|can't|won't|=not|never|doesn't|=no) ..3 (cope|manage|handle|know|understand|idea|clue|experience|able|last|seen) & not (=if|reach|yet)
		(new|next) ..2 (people|team|accountant|provider|guys|crew|firm|agency|one|lot) ..2 (have|has|=no|with|are|clearly|obviously)? ..2 (=no|clueless|hopeless|lost|useless|little) ..2 (idea|clue|experience|licence|skills|what|=at)
		(=they|=they're|=they'll|=he|=she) ..3 (hopeless|useless|clueless|amateurs|beginners|incompetent|dumping|undercutting|bunglers|crooks|cowboys|frauds|unqualified|lost|botch*|ruin*|mess) & not (=he lost =the|lost =your|=we)
		(=they|=they've|=he|=she|=he's|=she's) ..2 (cannot|can't|don't|couldn't|doesn't|won't|never|wouldn't|=not|=no|haven't|hasn't|=have =no|=has =no) ..3 (even|know|cope|file|read|understand|handle|manage|do|idea|clue|able|seen|experience|tell|count|find =their|anything) ..3 & not (=we|documents|papers|=if|reach|need =to|have =to|receiv*|=they do =not need|affect|depend)
		=they ..2 (are|=re)? ..1 (dumping|undercutting|cutting corners|cheating|lying|bluffing)
		(explain|help|answer|tell|talk|speak|assist|support|train|teach|repair|brief|cooperate|deal|co-operate|clean|work) ..6 (=them|successor|new ..1 (@successor|people|team|firm|agency|one)|=those people|=these people|replacement|they|such people|strangers|=him|=her) & (=won't|=will =not|refuse|=not going|=no intention|never|=not our|=don't|=do =not|cannot be bothered|none =of =our|beneath|waste|=not =we|=not obliged|=no wish|=no plans|=have =no|decline) & not (=you =will =not|hesitate|=if ..3 =you =do =not|=you =do =not need|=not need =to|let =them|have =to =explain|pressure)
		(=won't|=will =not|refuse|=not going|=no intention|never|=do =not|=don't|=not =be|decline) ..4 (explain|help|answer|tell|talk|speak|assist|train|teach|brief|deal|cooperate|waste|pick|lift|take|hand) ..8 (=them|successor*|new ..1 (@successor|people|team|firm|agency|one)|=those people|=these people|replacement|such people|strangers|finger|phone|calls) & (=we|=i|=us|=don't ..2 (ask|call|expect)|=do =not ..2 (ask|call|expect)|ignore|refuse) & not (=you =do|=if)
		(=not|none|nothing|isn't|hardly) ..2 (=of)? ..1 (=our|=my) ..1 (job|business|problem|concern|worry|task|headache|responsibility|duty|baby) ..3 & not (=your data)
		(beneath) =us
		(helping|answering|explaining|teaching|training|briefing|talking) ..6 (new|successor|them|provider|they) ..6 (not|beneath|none|waste|out =of|never)
		let ..1 (=them|=him|=her|=the ..1 (new|other)|=your ..1 (new|next)|=the|new|successor|that) ..4 (figure|sort|find|work|deal|struggle|guess|dig|clean|ask =around|search|discover|learn|puzzle|suffer|manage|handle|do) ..6 (themselves|himself|herself|own|out|mess|alone|=it|hard way|guess*|everything|password*|=you)? & (themselves|himself|herself|own|out|mess|alone|hard way|guess|struggle|suffer|puzzle|sort|figure|dig) & not (let =them know)
		(their|his|her) ..1 (problem|headache|job|worry|mess|trouble|business|concern) ..2 (now|not ours|=not our*|from now|,|$) & not (help|solve|=if)
		up =to =the new
		(sort|sorting|find|finding|figure|figuring|work|working) ..3 (out) ..10 (their|them|new|successor|they) ..6 (problem|now|own|themselves|not help|call =us)
		(will see|let =us see|=let's see|=we'll see|wonder|curious|doubt|bet|give =them|wait =and see) ..3 (how|whether|=if|when|=a month|=two weeks)? ..2 (long|soon|=if)? ..4 (new|they|=them|successor|accountant|=it takes =them|provider|=he|=she|people) ..6 (last|lasts|run|survive|quit|flee|cope|manage|give up|fail|stay)
		(pity|feel sorry|sorry =for|sympathise|sympathize|envy|good luck|god help|heaven help) ..4 (=whoever|next|successor|=you =with|=the person|new|=him|=her|=them|whoever) ..8 & (comes|such|with|next|learn|expense|takes|new|whoever|him|you|them) & not (sorry =for =the|sorry =for =any|=in|place|team|=year|start|job|venture)
		(learn|learning|train|training|practise|practice|practising|experiment*) ..3 =at =your (expense|cost)
		(at|on) =your expense
		(never|first time) ..3 (seen|held|opened|heard|touched|used) ..4 (=a)? ..2 (ledger|balance|report|software|excel|tax|contract|return|invoice|computer|books|form|system|audit|database|server)
		(=not|ignore|never|waste|won't) ..4 (time|phone|calls|questions|emails|letters) ..6 (those people|these people|=your successor*|successor*|new ..1 (@successor|firm|people)|them|such)
		(pick|picking|answer|take|return) ..3 (phone|calls|call) ..5 (=for|=from) ..4 (new|successor|them|firm|people|those) & (not|won't|never|no|ignore)
		(seen|know|met|dealt) ..3 (such|=of that kind|people like|those kind|=this kind|=their kind|=their sort|=the type|enough) ..4 (specialist*|people|expert*|kind|successor*|sort|them|type|provider*)
		one mistake after another
		(big|loud|grand|empty|sweet) promises
		(clean|tidy|repair|fix|sweep|mop|pick) ..2 (up|what|after|mess) ..3 (=after =them|they|=them|=their|=behind =them|=after =him)
		(=the|=your|this) ..1 (new)? ..1 (contractor|lawyer|accountant|specialist|expert|provider|person|guy|man|agency|people|successor) ..2 (=is|=are|=looks|seems) ..2 (=an?)? ..1 (amateur|beginner|fraud|bungler|impostor|joke|quack|novice|crook|fake|charlatan|dilettante|clown|nobody|rookie|disaster)  & not @our
		(so-called|self-styled|self-proclaimed|would-be|supposed) ..1 (expert*|specialist*|professional*|accountant*|successor*|team|lawyer*)
		(=no intention|=not going|=not plan*|=no wish|=no desire|=not interested|refuse|=not willing) ..4 (talk|speak|work|deal|meet|cooperate|communicat*|explain|help*) ..6 (successor|new|agency|them|they|people|him|her)
		(talk|speak|speaking|talking) ..2 (=to|with) ..2 (such|those|these|=your new|=the new|successor*|people like) ..4 & (not|no|never|won't|refuse|beneath|intention)`,
	CompetitorSmear: `
		(held|hold|holds|hangs|runs|put) ..1 together? ..1 (=with|=by|=on) ..2 (tape|string|glue|promises|luck|prayer|prayers|chewing gum|matchsticks) & not (=we|=our)
		! (cut|cuts|cutting) ..1 corners & not (=we|=our|never|=not|=don't)
		(skimp|skimps|skimping|scrimp|scrimps|stint|stints) ..1 =on
		(=i|=we) (wouldn't|would ..1 (not|never)) ..1 (trust|let|hire|send|take|give|buy) ..6 & not (=you|=your =place)
		(thrown|slapped|cobbled) ..1 together
		(outfit|firm|company|agency|lot|%) ..2 (lives|survives|thrives) ..1 (off|on|by) ..3 (penalt*|fines|apolog*|mistake*|promise*|lawsuit*|lies|luck)
		(firm|company|agency|provider|supplier|partner|contractor|people|ones|bank|outfit|bunch|team|=those|=they) ..2 (=that|=which|=who|=whom)? @you ..2 (chose|chosen|picked|found|hired|prefer*|selected|moving =to|switching =to|going =to|leaving =for|moved =to|are =with|want|going with|choose|trust) ..8!@neg (@bad|@stupid)
		(@you ..2 (chose|chosen|picked|found|hired|moving =to|switching =to|going =to|leaving =for|selected)) ..6 (cannot|can't|=not|never|=no|doesn't|don't|hardly|lacks|lack|barely|nothing|without) ..4 (cope|manage|licence|license|experience|know|deadline*|quality|handle|trust*|professional*|qualified|insured|idea|insurance|reliable|answer*|reputation|staff)
		=your ..1 (new|chosen|next|future) ..2 (@firm|@successor|choice|partners|friends|vendor) ..5!@neg @bad & not (@our|=we ..3 (correct*|made))
		=your (choice|new choice) ..5!@neg (@bad|@stupid|strange|questionable|unwise|puzzling|odd)
		(competitor|competitors|rival|rivals|=they|=they're|=that firm|=that company|=those people|that lot|that crowd|over there) ..6!@neg (@bad|useless|hopeless|joke|corners) & not (=we ..3 (made|correct*)|=our (mistake|error)|papers|documents|=if =they|they contain|them correct*)
		(competitor|competitors|rival|=they|=that firm|=that company|firm|company) ..4 (have|has|got|with|without|lack*|=is|are) ..2 (got)? (=no|nothing but|little|terrible|zero|only) ..3 (licence|license|experience|students|insurance|qualif*|turnover|reputation|staff|idea|track|standards|clue|interns|service|quality) & not (@our|=we)
		=they ..2 (have|=ve)? ..2 (=no|nothing but|only) ..2 (licence|students|experience|interns|insurance|beginners|idea|qualif*)
		(dumping|dump) ..2 (price*|=the market|$|,|rate*)? & not (data|database|sql|memory)
		(undercut|undercutting|undercuts)
		(vector|alpha|%) ..2 (=is|are|works|work|has|have|=will|always|simply|just|only)? ..2!@neg (dumping|careless*|losing|lies|lying|cheats|cheating|known for mistakes|bankrupt|sloppy|unreliable|notorious|famous for|cheap because|incompetent|fraud*|shady|terrible|awful|worse|overcharg*|misses|loses) & not (@our|=we|looks after)
		(known|famous|notorious|renowned|infamous|legendary) ..1 =for ..3 (mistake*|error*|scandal*|missing|delay*|losing|late|sloppy|lawsuit*|bad|poor|cheating|fines|careless*|turnover|overcharg*|lost|ignoring|hidden|chaos|failing|rude*|broken|low) & not (=we|@our)
		(terrible|bad|poor|dubious|awful|worst|shaky|questionable|doubtful|horrible|dreadful) ..1 (reputation|record|reviews|name|press|track) & not (@our|=we)
		(verge|brink|edge) =of ..1 (bankruptcy|collapse|insolvency|ruin)
		(@you|soon) ..3 (see|find out|discover|learn|realise|realize|understand) ..2 (soon|what|why|how|=for yourself|=that) ..6 (low price|cheap|kind =of|=they|them|experts|means|price|real|worth|mistake|difference|bargain|costs) & not (=you can see|list|archive|where|statement|@our|=we|account|portal|link)
		(see|find out|discover) ..2 (what|why|how) ..4 (cheap|low price|their|they|experts|people there)
		(read|check|look =at|look|google|see|ask) ..3 (review*|around|court|rating*|reputation|forum*|complaint*|anyone =who|what people|lawsuit*)  ..8 & (before|first|how many|go|sued|=them|they|about|there|their|then) & not (=our|=we|=us|terms)
		(people|clients|customers|many) ..2 (sued|suing|sue|complain*|left|flee*|run|ran|cry|crying|suffer*|regret*) ..4 (=them|=about|from|that)? & (=them|they|there|that|those|how many|from) & not (=us|=we|@our)
		(clients|customers|people|everyone|refugees) ..2 (flee|run|escape|fled|running|fleeing|leave|left|come =back|came back) ..3 (=from ..2 (them|that|there)|them|that|=in tears|tears|disappoint*)
		(cheap|cheaper|low price|low prices|bargain|price|cheapness|low cost) ..6 (all ..1 (they|=is)|reason|=for =a reason|reasons|only thing|suspicious|cost* ..2 (twice|more|dear*)|twice|because ..3 (bad|not|cannot|they|=of)|corners|expensive|dearly|catch|price =of) & not (@our|=we|=us)
		(get|gets) what ..1 (=you|=they|one|people) pay
		(=we|=i) ..1 (would|wouldn't|=d) ..2 (=not|never|hesitate)? ..1 (=not|never)? ..1 (trust|let|hire|send|leave|recommend|use|go|choose|touch|allow|rely|wish) ..8 & (=not|never|wouldn't) & (=them|those|these|that|they|such|there|firm|company|people|near|enemy|dog) & not (=you|hurry)
		(trust|trusted|trusting) ..3 (them|those|such|that) ..4 (shopping|pencil*|goldfish|dog|books|with|nothing|anything|cat|list) & (not|never|wouldn't|hardly|nobody)
		(good luck|best =of luck|enjoy|have fun|luck) ..2 with ..3 (amateur*|those|them|=that|people =who|cowboy*|that lot|these|crowd|beginner*|such|bargain*|=their|clowns) & not (new team|=your)
		(swap|swapping|trade|trading|exchange|exchanging|replace|replacing|leave|leaving|give =up) ..4 (professional*|expert*|quality|experience*|proven|=us|people =who|reliab*|real) ..4 =for ..4 (amateur*|bargain*|pig|cheap*|beginner*|unknown|random|stranger*|student*|nobodies|adventur*|=a ..2 (bunch|crowd)|someone|cowboys|second-rate|promises|nobod*)
		pig =in =a poke
		(pay*|cost*|buy*) ..1 twice
		(everyone|trade|town|market|industry|people|whole|world|everybody) ..3 (laugh*|knows|joke*|talk*|know|whisper*|smile*) ..4 (=about|=at|truth|them|their|that|company|quality|how) & not (@our|=us|=we|=you|small)
		(over there|=at =their ..1 (office|place)|there|=in =that (firm|company)) ..3 (nobody|=no one|things|books|everything|=you =will|people|they) ..6 (heard|deadline*|anyhow|napkin|knows|careless*|lose*|mess|cares|kneecap|chaos|lost|guess*)
		(napkin|=back =of =an envelope|kitchen table|garage|basement) & (they|their|there|books|firm|run|company|kept|work)
		(worse|weaker|poorer|inferior|second-rate|slower) ..1 (=than =us|=to =us|=than =we) 
		(unreliable|dubious|shady|dodgy|second-rate|questionable|suspicious|obscure|fly-by-night|mediocre|third-rate|doubtful|fishy) ..2 (firm|company|outfit|provider|people|business|agency|supplier|choice|contractor|bunch|lot|characters|$) & not (@our|=we)
		(bunch|band|gang|crowd|pack|group|collection|set) =of ..2 (beginner*|amateur*|student*|crook*|clown*|cowboy*|novice*|idiot*|liar*|thie*|fraud*|dilettant*|kid*|cheat*|charlatan*|con)
		(opened|started|registered|founded|set up|appeared) ..2 (yesterday|last week|last month|days ago)
		(hires|hire|employs|uses|employ|staffed) ..3 (beginner*|student*|amateur*|anyone|intern*|trainee*|whoever|novice*|school) & not (=we|@our)
		(ruin|wreck|mess|botch|destroy|lose) ..1 (up)? ..1 =your (books|accounts|business|data|company|reports|taxes|papers|records|site) ..3 & (will|they|who|chose|picked|would|firm|company|agency) & not (=we|=us)
		(cheats|cheat|deceives|robs|overcharges|lies =to|fools|tricks|defrauds|swindles|rips) ..2 (clients|customers|people|=its|=their|everyone|off) & not (=we|@our)
		(misses|miss|missed|ignores|forgets|loses|lost|hides|breaks|mixes) ..2 (every)? ..2 (deadline*|document*|payment*|client*|paper*|promise*|return*|costs|fees) & (they|company|firm|agency|provider|supplier|always|competitor*|constantly|often|contractor|people|famous|reputation) & not (=we|=our|=us|cannot|never|courier|manager|trainee|clerk|@our)`,
	BlameEmployee: `
		(=had|=if) ..3!(=we|=you) (@role|%) ..6 (been ..1 awake|bothered|=checked|=listened|=read|=known|=paid|=learned|=knew|=looked|=thought|listen|=could =read) ..8 & not (=we ..3 (mistake|wrong))
		(too lazy|couldn't be bothered|=could =not be bothered) ..3 & not (=we|=you)
		(delay|mistake|error|mess|loss|problem|fine) ..2 (=is|was|=are|were)? ..1 (down =to|on|because =of|thanks =to) ..1 (%|@role)
		(%|@role) ..4 (misfiled|mislaid|mishandled|miscalculated|misread|mistyped|overlooked|misplaced|botched|bungled)
		=who ..2 (been|was) ..1 (spoken =to|reprimanded|disciplined|warned)
		(blame|thank|scold|curse) ..3 (@role|%|=our|=the person|=him|=her) ..5 =for ..6 & not (@neg|thank ..2 =you|=to blame|thank =our (team)|thank (anna|inna))
		blame ..2 (@role|%|=our ..1 (new|old|former)?)
		(%|@role) ..4!@neg (=is|was|=are)? ..2!@neg (=to blame|guilty|=at fault|responsible =for th* ..2 (mistake|delay|error|mess|loss|fine)|culprit|fault) & not @your & not (=not =to blame|=for =you|=who =is =to blame)
		(%|our ..2 @role|=the ..2 @role|=a ..1 @role|@role) ..3!(@neg|=you|=we|@our) (=lost|forgot|=mixed|messed|=delayed|botched|misplaced|mislaid|ruined|=failed|=missed|overslept|overlooked|confused|lied|neglected|bungled|mistyped|misfiled|broke|deleted|swapped|blundered|slipped|ignored|made ..3 (mistake|error|blunder|mess)|got =it wrong|let =you down|dropped =the ball|screwed|fouled|mishandled) & not (=we ..1 (lost|forgot|failed|missed|delayed|made)|=you (lost|forgot)|client|found|correct*|post office|=the bank|bank|deadline ..2 (moved)|courier (company|service))
		(mistake|error|fault|negligence|carelessness|oversight|blunder|failure|=doing|slip|sloppiness|laziness|incompetence) ..2 (=of|by|=was|lies|=is) ..3 (@role|%) & not (@our (mistake|error|fault|oversight|failure)|ours|correct*|=not =the|=in)
		(%|@role|trainee's|courier's|manager's|accountant's|clerk's|lawyer's|intern's|cashier's|secretary's|driver's) ..1 (fault|mistake|negligence|error|carelessness|doing|oversight|blunder|slip|incompetence|laziness|fingers) & not (@your|=not|=our (fault|mistake|error)|apolog* =for =the error|correct*|=in)
		(=it|this|that) ..1 (=was|=is) ..2 (%|=our ..1 @role|=the ..1 @role|=a ..1 @role) ..2 (fault|mistake|error|doing|=who|acting|negligence|that) ..6 & not (=not|=who ..2 (help*|call*|answer*|contact|take*|look*|put*))
		=he =is =the one
		(=is|=was) =the one =who ..6 (never|lost|forgot|mixed|failed|missed|messed|delayed|caused)
		(@role|person|one|employee|colleague|man|woman|people|%) ..2 (=who|responsible|=that) ..8 (fired|dismissed|punished|reprimanded|disciplined|sacked|fined|demoted|suspended|lost ..2 bonus|gone|=no longer|dealt|bonus|warned|let go|removed|been =let) & not (=your|=not =your|rude|spoke =with)
		(fired|dismissed|punished|reprimanded|disciplined|sacked|fined|demoted|suspended) ..5 (@role|%|=him|=her|culprit|=them|person|one) & not (=you ..2 fined|=were =you|=not)
		(@role|%|=he|=she) ..3 (=has|=have|was|been|=is|=were|got|will)? ..2 (fired|dismissed|punished|reprimanded|disciplined|sacked|demoted|suspended|fined|warned ..1 already|lost ..2 bonus|warning|lose ..2 bonus) & not (you|=no =warning)
		(@role|%|=he|=she) ..3 (paid|pay|pays|lost|loses|answer*|suffer*) ..3 (bonus|pocket|salary|premium|job|wages)
		(because =of|due =to|owing =to|thanks =to) ..1 (=our|=the|=a)? ..2 (@role|%) ..8 & not (=you|bank|holiday|supplier|post|=your|move|grateful|success*|help|quick)
		(could =not|couldn't|failed|unable|never|did =not|didn't|was =not|wasn't|not) ..2 (cope|careful|check|manage|send|do =the job|bother|care|notice|pay attention|up =to|deliver|file|call|competent|up) ..4 & (%) & not (@you|=we|=us|@our mistake)
		? % ..4 (could =not cope|no longer works|never careful|never was|been warned|already been|let =you down|is gone|was careless|incompetent|unreliable|lazy) 
		(=no longer|not) ..1 (works|work|employed|=with =us|part =of) ..5 & (%|@role) & (hence|mistake|error|because|sorry|fault|lost|fired|therefore|delay*|that =is why|so|after)
		(ask|questions|complain|complaints|thank|say ..2 thank*|send ..2 thank*) ..4 % ..8 (mixed|one =who|never|fault|lost|=for th* ..1 (mess|delay|fine|mistake)|forgot|=for =that|=for =this)
		(have|has) % ..2 =to thank
		(=we|=you) ..2 (have|can|may) ..1 (thank)? ..1 (%|=our ..1 @role) ..2 =to? ..1 (thank|blame) ..3
		(human factor|human error) ..5 (called|named|name|%|@role) 
		had =we known ..4 (how|what) ..2 (%|@role) ..8
		(company|=we|firm|=us) ..2 (=is|are|was)? ..1 (=not|isn't|aren't|wasn't) ..1 (=to blame|=us|=at fault|guilty|responsible) ..8 (%|@role|alone|=he|=she)
		(=it =was =not =us|=not =us|=not =our fault|=not =our doing) ..8 & not (call|ask|phone|ambulance)
		(acting|acted) ..1 (alone|=on ..1 own|without)
		(@role|%) ..4 (drunk|lazy|careless|incompetent|irresponsible|negligent|unprofessional|sloppy|hungover|useless|new|inattentive) & (mistake|error|sorry|delay*|late|lost|fault|because|apolog*|=so|hence|missed) & not (@your|=your|careful|new ..2 (date|manager))
		had =to ..2 (fire|dismiss|sack|punish|discipline) ..4
		(%) ..2 (made|caused) ..2 (=the|this|=a|=that|=your|=our)? ..2 (mistake|error|delay|mess|loss|blunder|fine|problem|confusion)`,
	ArgueSource: `
		(=that|=this|=it|=that's|=it's|=these|=those|such|what|=which) ..2 (=is|are)? ..2!@neg (=a|=an|=all|just|simply|pure|complete|outright|utter|total|absolute|blatant|plain|sheer|nothing but)? ..2 (lie|lies|slander|nonsense|rubbish|gossip|untrue|libel|absurd|ridiculous|baseless|fabrication|invention|garbage|hogwash|bullshit|fairytale|=a fairy tale|false rumour*|malicious|defamation|bunk|laughable|preposterous|outrageous) & not (=not)
		^ (nonsense|rubbish|ridiculous|lies|slander|absurd|garbage|preposterous|untrue|hogwash|balderdash)
		(nonsense|rubbish|=lies|slander|gossip|garbage|hogwash) ..3 & not (=not|=no|lies =in|lies =on|lies =with|rubbish ..2 (gone|collected|bin|removed|skip)|skip)
		=who ..2 (told|fed|gave|sold|filled|has told|has been telling) ..2 =you ..6 (=on earth|such|nonsense|=that|lie*|rubbish|=this|stories|=a thing|story|garbage)
		=who =on =earth
		(@you) ..3 (lied =to|fooled|deceived|misled|tricked|duped|misinformed|had) ..3 & not (=we ..2 (misled|deceived|lied)|feel|=if|sorry|apolog*|=you have)
		=you ..2 (fell|fall|falling) =for
		(how|why) ..1 (could|can|would|do|did) ..2 (=you|anyone|anybody|one|grown) ..2 (believe|repeat|listen|fall|trust|swallow|spread) ..4
		(believe|believes|believed|believing|swallow|swallowed|trust|repeat|repeats|repeating|listen|listens|listening|spread|spreading|spreads) ..3 (rumour*|rumor*|gossip|anyone|just anyone|everything|such|lies|nonsense|stories|=that stuff|anybody|tales|hearsay|slander|whatever|dirt|strangers) & not (=not believe =we|=we (believe|listen|trust|repeat)|hard =to believe =how)
		(strange|surprised|surprising|amazed|astonish*|odd|disappoint*|remarkable|funny|sad) ..3 (=that|=to see|how|=to hear|=to find|=you) ..3 (=you|adult|grown|person|anyone|someone|people|serious) ..5 (believe*|repeat*|listen*|gossip|rumour*|rumor*|spread*|trust*|swallow*|fall*)
		(someone|somebody|somewhere|people|they|competitor*|enemy|enemies|some|envious|jealous) ..4 (enjoy*|profit*|envious|jealous|made =it up|invent*|making things up|spread*|wants =to harm|throw* mud|throwing|interest|smear*|slander*|benefit*|out =to get|dirt|=with =a grudge) ..6 & not (@neg ..1 benefit)
		(spread|spreading|throw|throwing|sling|slinging) ..2 (dirt|mud|lies|gossip|rumour*|rumor*|filth|slander)
		(=we|=i|team|=us) ..3!@neg (outraged|insulted|offended|indignant|appalled|furious|shocked|disgusted|affronted|livid) ..8
		(outrageous|insulting|offensive|slanderous|defamatory) ..5 & not (=we ..3 (was|were)|=our)
		(give|tell|show|name|bring) ..3 (name|=us|person|=who|liar*|source) ..6 (liar*|slander*|=who said|prove|=have =a word|face|dare*|court|=to =our face|explain himself|repeat =it|sue|answer =for) & not (when|check|consent)
		(liar|liars|slanderer*|gossipmonger*|backstabber*)
		(nothing =of =the (sort|kind))
		(never|nothing) ..2 (happened|happen|did|said|existed|such =a thing|=like that|=of that) ..5 & (that|=it|such|this|=we|nothing|could) & not (=we never (heard|answer*|call*|received)|apolog*|sorry|=to =you again|again)
		(=not|=never) ..1 (believe) ..2 (everything|all|=a word|rumours|gossip) 
		(nobody|=no one) ..4 (right mind|sane|serious|believe*|ever|said|says|would say) & (about =us|such|that|said|believe*|mind|say)
		(=not true|untrue|false) ..3 & (=not true ,|made|envious|never|nobody|totally|simply|=we would never) & not (licence|valid|fact*|copy|until|document*)
		(mind|watch) =what =you (say|repeat)`,
	ConfirmShame: `
		^ =no ..2 =my ..6 (=doesn't|=don't|=does =not|=do =not|=isn't|=aren't) ..1 (matter|count|important|worth) ..1 $
		=i =don't need ..2 (security|health|peace|order|quality|education|smile|protection|safety) ..1 $
		^ =no ..1 let ..6
		^ =no ..2 (=i'd =rather|=i =would =rather|rather) ..6 & not (write|call|leave|=not)
		^ =no =thanks ..2 (=i'd|=i|=i'm) ..8 (disorganised|disorganized|worse|lose|losing|poor|behind|mess|chaos|overpay*|risk*)
		? ^ (=no|=thanks|=skip|=nope|=no =thanks) ..3 (=i|=i'm|=i'll|=i'd|=i've|=my|=me|=let|=success|common|=not|=who) ..6 (overpay*|paying|pay ..2 (more|extra|full)|losing|lose|risk*|care|collapse|chaos|fines|fine|lazy|trouble|money|burn|success|order|honest|saving|save|sav*|success*|worse|unprotected|unsafe|muddle|guess*|mistakes|mess|business|staff|company|firm|peace|safe*|growth|grow|profit*|sense|look =after|problems|quality|stress|penalt*|suffer*|worry|better|more|miss|deal*|discount*|help|taxman|expensive|waste|fail*) & not (decided|decision|contract|write|letters|emails|call|newsletter|=for now|now|leave|leaving|end|later|thank*|reminder|hear|messages|mail)
		^ =no ..2 (=i) ..2 (love|enjoy|hate|like|prefer|adore|fancy|rather) ..6
		^ =no ..2 (=i'd|=i =would) ..1 (rather|prefer) ..6 & not (write|call|leave|not)
		^ =no ..2 (=i ..1 (don't|do =not|am =not|never|couldn't)|=i'm =not|not) ..1 (care|want|need|value|like|mind|believe|deserve|look|trust|bother) ..6 & not (emails|letters|newsletter|continue|call*|anything else|renew|contact|messages|=to stay|reminder*|=it|news|=to hear|=to answer|now)
		^ (=no|=ok|=yes) ..1 let ..3 (everything|=it|business|company|firm)
		^ (=no|=ok) ..2 (=i ..1 (will|accept|take)|=i'll) ..2 (take|accept|risk|pay|muddle|suffer|cope|struggle|manage|lose) ..5 & not (contact|call|myself =later|care =of =it)
		^ (=i|=i'm|=i =am|=i'll) ..2 (know|understand|accept|admit|agree|am|being|realise|realize|don't|do =not|prefer|enjoy|like|love|hate|=do) ..4 (unwise|foolish|stupid|losing|lose|risk*|mistake|regret|overpay*|missing|worse|irresponsible|earn|save|saving|success|care|grow|wrong|fines) & not (agree =with =the)
		^ (leave|unsubscribe|cancel|skip|close|quit|give =up|opt =out|decline|exit|continue) ..2 (=and|=on|=without|=with|=out) ..3 (lose|stay|forget|live|miss|success|unprotected|risk|chaos|pay|give|overpay*|peace|suffer|protection|regret|alone|saving*|wave|profit*|money|growth|fail) & not (=in touch|contract|handover|archive|charge|with notice)
		^ (fines|chaos|losing|overpaying|risk|mess|mistakes|stress|success|profit|trouble|disorder|common sense) ..2 (=is|are|sounds|suit*|=for) ..5 (fine|=me|good|ok|great|=not|okay)
		^ (=no =thanks|=thanks) ..4 (enjoy|like|love|prefer|happy) ..4`,
}
