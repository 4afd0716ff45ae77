/* Made of page/ by tools/page/page.mjs, with Preact and HTM: their licences are in vendor/. */
var It=function(e,t,n,r){var s;t[0]=0;for(var o=1;o<t.length;o++){var a=t[o++],i=t[o]?(t[0]|=a?1:2,n[t[o++]]):t[++o];a===3?r[0]=i:a===4?r[1]=Object.assign(r[1]||{},i):a===5?(r[1]=r[1]||{})[t[++o]]=i:a===6?r[1][t[++o]]+=i+"":a?(s=e.apply(i,It(e,i,n,["",null])),r.push(s),i[0]?t[0]|=2:(t[o-2]=0,t[o]=s)):r.push(i)}return r},Nt=new Map;function ar(e){var t=Nt.get(this);return t||(t=new Map,Nt.set(this,t)),(t=It(this,t.get(e)||(t.set(e,t=(function(n){for(var r,s,o=1,a="",i="",c=[0],p=function(d){o===1&&(d||(a=a.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,d,a):o===3&&(d||a)?(c.push(3,d,a),o=2):o===2&&a==="..."&&d?c.push(4,d,0):o===2&&a&&!d?c.push(5,0,!0,a):o>=5&&((a||!d&&o===5)&&(c.push(o,0,a,s),o=6),d&&(c.push(o,d,0,s),o=6)),a=""},u=0;u<n.length;u++){u&&(o===1&&p(),p(u));for(var h=0;h<n[u].length;h++)r=n[u][h],o===1?r==="<"?(p(),c=[c],o=3):a+=r:o===4?a==="--"&&r===">"?(o=1,a=""):a=r+a[0]:i?r===i?i="":a+=r:r==='"'||r==="'"?i=r:r===">"?(p(),o=1):o&&(r==="="?(o=5,s=a,a=""):r==="/"&&(o<5||n[u][h+1]===">")?(p(),o===3&&(c=c[0]),o=c,(c=c[0]).push(2,0,o),o=0):r===" "||r==="	"||r===`
`||r==="\r"?(p(),o=2):a+=r),o===3&&a==="!--"&&(o=4,c=c[0])}return p(),c})(e)),t),arguments,[])).length>1?t:t[0]}var w,Ht,ir,B,Xe,Ae,Ut,Ce,Bt,ot,et,lr,$e=Symbol.for("pv"),Le={},Pe=[],cr=/^m(i|n|o|s|text|space)$/,st=Array.isArray,at=Pe.slice,ee=Object.assign;function X(e){e&&e.parentNode&&e.remove()}function ur(e,t,n){var r,s,o,a={},i=arguments.length;for(o in t)o=="key"?r=t[o]:o=="ref"&&typeof e!="function"?s=t[o]:a[o]=t[o];return i>2&&(a.children=i>3?at.call(arguments,2):n),de(e,a,r,s,null)}function de(e,t,n,r,s){var o={type:e,props:t,key:n,ref:r,__k:null,__:null,__b:0,__e:null,__c:null,constructor:$e,__v:s||++Ht,__i:-1,__u:0};return!s&&w.vnode&&w.vnode(o),o}function De(e){return e.children}function Me(e,t){this.props=e,this.context=t,this.__g=0}function W(e,t){if(t==null)return e.__&&W(e.__,e.__i+1);for(var n;t<e.__k.length;t++)if((n=e.__k[t])&&n.__e)return n.__e;return typeof e.type!="function"||e.props.__P?null:W(e)}function fr(e){var t,n=e.__v,r=n.__e,s=[],o=[],a=e.__P;a&&((t=ee({constructor:$e},n)).__v=n.__v+1,w.vnode&&w.vnode(t),it(a,t,n,e.__n,a.namespaceURI,32&n.__u?[r]:null,s,r||W(n),32&n.__u,o),t.__v=n.__v,t.__.__k[t.__i]=t,Vt(s,t,o),n.__=n.__e=null,t.__e!=r&&Wt(t))}function Wt(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),Wt(e)}function Et(e){(8&e.__g||(e.__g|=8,B.push(e),Ae++))&&Xe==w.debounceRendering||((Xe=w.debounceRendering)||queueMicrotask)(Jt)}function Jt(){try{for(var e,t=1;B.length;)B.length>t&&B.sort(Ut),e=B.shift(),t=B.length,8&e.__g&&fr(e)}finally{(Ae=B.length)&&(Xe||queueMicrotask)(Jt)}}function zt(e,t,n,r,s,o,a,i,c,p,u){var h,d,f,m,_,$,v=r.__k||Pe,y=t.length;for(c=pr(n,t,v,c,y),h=0;h<y;h++)(f=n.__k[h])!=null&&(d=~f.__i&&v[f.__i]||Le,f.__i=h,$=it(e,f,d,s,o,a,i,c,p,u),m=f.__e,(d.ref!=f.ref||8&d.__u)&&(d.ref&&lt(d.ref,null,f,d),f.ref&&u.push(f.ref,f.__c||m,f)),_=_||m,4&f.__u?(c=Kt(f,c,e,!d.__v),d.__e&&(d.__e=null)):typeof f.type=="function"&&$!==void 0?c=$:m&&(c=m.nextSibling),f.__u&=-21);return n.__e=_,c}function pr(e,t,n,r,s){var o,a,i,c,p,u,h,d,f,m=n.length,_=m,$=0,v=0,y=e.__k=Array(s);for(o=0;o<s;o++)(a=t[o])!=null&&typeof a!="boolean"&&typeof a!="function"?(typeof a!="object"||a.constructor===String?a=y[o]=de(null,a):st(a)?a=y[o]=de(De,{children:a}):a.constructor===$e&&a.__b?a=y[o]=de(a.type,a.props,a.key,a.ref,a.__v):y[o]=a,c=o+$,a.__=e,a.__b=e.__b+1,i=null,~(p=a.__i=dr(a,n,c,_))&&(_--,(i=n[p])&&(i.__u|=2)),i&&i.__v?(a.__u|=16,p==c-1?$--:p==c+1?$++:p!=c&&(p>c?$--:$++,v=1)):(~p||(s>m?$--:s<m&&$++),typeof a.type!="function"&&(a.__u|=4))):y[o]=null;if(v){for(u=[],h=[],o=0;o<s;o++)if((a=y[o])&&16&a.__u){for($=0,d=u.length;$<d;)u[f=$+d>>1]<a.__i?$=f+1:d=f;u[$]=a.__i,h[o]=$+1}for($=u.length;o--;)h[o]&&(h[o]==$?$--:y[o].__u|=4)}if(_)for(o=0;o<m;o++)!(i=n[o])||2&i.__u||(i.__e==r&&(r=W(i)),ct(i,i));return r}function Kt(e,t,n,r){var s,o,a,i;if(typeof e.type=="function"){if(e.props.__P)return t;if(s=e.__k)for(o=0;o<s.length;o++)s[o]&&(s[o].__=e,t=Kt(s[o],t,n,!1));return t}for(t&&!t.parentNode&&(t=W(e))&&!t.parentNode&&(t=null),a=e.__e,i=t;i&&i.nodeType==8;)i=i.nextSibling;for(a!=i&&(!r&&n.moveBefore&&a.parentNode?n.moveBefore(a,t):n.insertBefore(a,t||null)),t=a;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function dr(e,t,n,r){var s,o=e.key,a=e.type,i=t[n],c=i&&!(2&i.__u);if(i===null&&o==null||c&&o==i.key&&a==i.type)return n;if(r>(c?1:0)){for(s=n-1;s>=0;s--)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s;for(s=n+1;s<t.length;s++)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s}return-1}function Ct(e,t,n){n==null&&(n=""),t[0]=="-"?e.setProperty(t,n):e[t]=n}function Ee(e,t,n,r,s){var o,a;if(t=="style")if(typeof n=="string")e.style.cssText=n;else{if(typeof r=="string"&&(e.style.cssText=r=""),r)for(t in r)n&&t in n||Ct(e.style,t);if(n)for(t in n)r&&n[t]==r[t]||Ct(e.style,t,n[t])}else if(t[0]=="o"&&t[1]=="n")typeof n!="function"&&(n=null),typeof r!="function"&&(r=null),(e.__e||(e.__e={}))[t]=n,n&&r||(a=et[t]||(et[t]=mr(t)),(e.__a||(e.__a={}))[t]=ot,o=t!=(t=t.replace(Bt,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),n?e.addEventListener(t,a,o):e.removeEventListener(t,a,o));else{if(s=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&n==1?"":n)}}function mr(e){return function(t){var n=this.__e;if(n){if(n=n[e],t[Ce]==null)t[Ce]=ot++;else if(t[Ce]<this.__a[e])return;return n(w.event?w.event(t):t)}}}function it(e,t,n,r,s,o,a,i,c,p){var u,h,d,f,m,_,$,v,y,T,x,Ye,Ot,Ne,Y,Tt,U,Q,q=t.type;if(t.constructor!==$e)return null;128&n.__u&&(c=32&n.__u,u=n.__c.__z)&&(t.__u|=c,h=o=[],u.nodeType==8?i=Re(u,o):o.push(u),i=o[0]||i),(u=w.__b)&&u(t);e:if(typeof q=="function"){d=a.length;try{if(v=t.props,y=(u=q.prototype)&&u.render,T=(u=q.contextType)&&r[u.__c],x=u?T?T.props.value:u.__:r,(f=n.__c)?(t.__c=f,2&f.__g&&(f.__g|=1)):(y?t.__c=f=new q(v,x):(t.__c=f=new Me(v,x),f.constructor=q,f.render=$r),T&&T.sub(f),f.state||(f.state={}),f.__n=r,f.__g|=8,f.__h=[],f.__k=[]),y&&(f.__s||(f.__s=f.state),q.getDerivedStateFromProps&&(f.__s==f.state&&(f.__s=ee({},f.__s)),ee(f.__s,q.getDerivedStateFromProps(v,f.__s)))),m=f.props,_=f.state,f.__v=t,n.__c){if(v!==m&&y&&!q.getDerivedStateFromProps&&f.componentWillReceiveProps&&f.componentWillReceiveProps(v,x),t.__v==n.__v&&!(8&f.__g)||!(4&f.__g)&&f.shouldComponentUpdate&&f.shouldComponentUpdate(v,f.__s,x)===!1){t.__v!=n.__v&&(f.props=v,f.state=f.__s,f.__g&=-9),t.__e=n.__e,t.__k=n.__k,t.__k.some(function(M){M&&(M.__=t)}),Pe.push.apply(f.__h,f.__k),f.__k=[],f.__h.length&&a.push(f),i=W(n);break e}f.componentWillUpdate&&f.componentWillUpdate(v,f.__s,x),y&&f.componentDidUpdate&&f.__h.push(function(){f.componentDidUpdate(m,_,$)})}else y&&!q.getDerivedStateFromProps&&f.componentWillMount&&f.componentWillMount(),y&&f.componentDidMount&&f.__h.push(f.componentDidMount);f.context=x,f.props=v,f.__P=e,f.__g&=-5,Ye=w.__r,Ot=y?25:0;do f.__g&=-9,Ye&&Ye(t),u=f.render(f.props,f.state=f.__s,f.context);while(8&f.__g&&++Ot<25);y&&(Pe.push.apply(f.__h,f.__k),f.__k=[]),f.state=f.__s,f.getChildContext&&(r=ee({},r,f.getChildContext())),y&&n.__c&&f.getSnapshotBeforeUpdate&&($=f.getSnapshotBeforeUpdate(m,_)),Ne=u&&u.type===De&&u.key==null?u.props.children:u,v.__P&&(u=i,s=(e=v.__P).namespaceURI,c=o=null,n.props&&n.props.__P!=e&&(n.__k.some(function(M){M&&ct(M,M)}),n.__k=null),i=n.__k?W(n,0):null),i=zt(e,st(Ne)?Ne:[Ne],t,n,r,s,o,a,i,c,p),v.__P&&(t.__e=null,i=u),t.__u&=-161,h&&h.some(X),f.__h.length&&a.push(f),1&f.__g&&(f.__g&=-4)}catch(M){if(a.length=d,t.__v=null,c||o)if(M&&M.then){if(t.__u|=128|c,o){for(~(U=o.indexOf(i||void 0))||(U=o.length);(Q=o[U-1])&&Q.nodeType==8;)U--;for(;U<o.length;U++)if(Q=o[U])if(o[U]=null,Y){if(Q==Tt)break}else{if(Q.nodeType!=8)break;Q.data.startsWith("$s")&&(Tt=Re(Y=Q))}}if(!Y){for(;i&&i.nodeType==8&&i.nextSibling;)i=i.nextSibling;Y=i}(u=Re(Y=t.__c.__z||(t.__c.__z=Y)))?(t.__e=Y,i=u):t.__e=i,i=i&&i.nextSibling}else o&&o.some(X);else t.__e=n.__e;t.__k||(t.__k=n.__k||[]),M&&M.then||Gt(t),w.__e(M,t,n)}}else i=t.__e=hr(n.__e,t,n,r,s,o,a,c,p,e);return(u=w.diffed)&&u(t),i}function Re(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var n=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))n++;else if(e.data.startsWith("/$s")&&!--n)return e}t&&t.push(e)}}function Gt(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(Gt))}function Vt(e,t,n){for(var r=0;r<n.length;)lt(n[r++],n[r++],n[r++]);w.__c&&w.__c(t,e),e.some(function(s){try{e=s.__h,s.__h=[],e.some(function(o){o.call(s)})}catch(o){w.__e(o,s.__v)}})}function hr(e,t,n,r,s,o,a,i,c,p){var u,h,d,f,m,_,$,v,y=n.props||Le,T=t.props,x=t.type;if(x=="svg"?s="http://www.w3.org/2000/svg":x=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),o){for(u=0;u<o.length;u++)if((m=o[u])&&(x?m.localName==x:m.nodeType==3)){e=m,o[u]=null;break}}if(!e){if(v=p.ownerDocument||document,!x)return v.createTextNode(T);e=v.createElementNS(s,x,T.is?T:p),i&&(w.__m&&w.__m(t,o),i=!1),o=null}if(x){if(p=x=="template"&&e.content||e,o=x=="textarea"&&T.defaultValue!=null?null:o&&at.call(p.childNodes),!i&&o)for(y={},u=0;u<e.attributes.length;u++)y[(m=e.attributes[u]).name]=m.value;for(u in y)m=y[u],u=="dangerouslySetInnerHTML"?d=m:u=="children"||u in T||u=="value"&&"defaultValue"in T||u=="checked"&&"defaultChecked"in T||Ee(e,u,null,m,s);for(u in T)m=T[u],u=="children"?f=m:u=="dangerouslySetInnerHTML"?h=m:u=="value"?_=m:u=="checked"?$=m:i&&typeof m!="function"||y[u]===m||Ee(e,u,m,y[u],s);h?(i||d&&(h.__html==d.__html||h.__html==e.innerHTML)||(e.innerHTML=h.__html),t.__k=[]):(d&&(e.textContent=""),(x=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&cr.test(x))&&(s="http://www.w3.org/1999/xhtml"),zt(p,st(f)?f:[f],t,n,r,s,o,a,o?o[0]:n.__k&&W(n,0),i,c),o&&o.some(X)),i&&x!="textarea"||(u="value",x=="progress"&&_==null?e.removeAttribute(u):_==null||_===e[u]&&(x!="progress"||_)||Ee(e,u,_,y[u],s),u="checked",$!=null&&$!=e[u]&&Ee(e,u,$,y[u],s))}else y===T||i&&e.data==T||(e.data=T);return e}function lt(e,t,n,r){try{typeof e=="function"?t?t.__x=e(t)||1:r&&(r=r.__c||r.__e)&&(t=r.__x)&&(r.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(s){w.__e(s,n)}}function ct(e,t,n){var r,s,o,a;if(w.unmount&&w.unmount(e),!(r=e.ref)||r.current&&r.current!=e.__e||lt(r,null,t,e),r=e.__c){if(r.componentWillUnmount)try{r.componentWillUnmount()}catch(i){w.__e(i,t)}r.__P=r.__n=null}if(r=e.__k)for(a=0;a<r.length;a++)r[a]&&ct(r[a],t,typeof e.type!="function"||n&&!e.props.__P);!n&&(r=e.__c)&&(r=r.__z)&&(s=Re(r,o=[]))&&(r==e.__e&&o.some(X),X(s),X(r)),n||X(e.__e),e.__e=e.__c=e.__=null}function $r(e,t,n){return this.constructor(e,n)}function ut(e,t){var n,r,s,o;w.__&&w.__(e,t),t.nodeType==9&&(t=t.documentElement),r=(n=e&&32&e.__u)?null:t.__k,t.__k=de(De,{children:[e]}),s=[],o=[],it(t,t.__k,r||Le,Le,t.namespaceURI,r?null:t.firstChild?at.call(t.childNodes):null,s,r?r.__e:t.firstChild,n,o),Vt(s,t.__k,o),t.__k.props.children=null}w={__e:function(e,t,n,r){for(var s,o,a;t=t.__;)if((s=t.__c)&&!(1&s.__g)){s.__g|=4;try{if((a=(o=s.constructor)&&o.getDerivedStateFromError)&&s.setState(o.getDerivedStateFromError(e)),s.componentDidCatch&&(s.componentDidCatch(e,r||{}),a=1),a&&8&s.__g)return void(s.__g|=2)}catch(i){e=i}}throw Ae=0,e}},Ht=0,ir=function(e){return e!=null&&e.constructor===$e},Me.prototype.setState=function(e,t){var n=this.__s;n&&n!=this.state||(n=this.__s=ee({},this.state)),typeof e=="function"&&(e=e(ee({},n),this.props)),e&&(ee(n,e),this.__v&&(t&&this.__k.push(t),Et(this)))},Me.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),Et(this))},Me.prototype.render=De,B=[],Ae=0,Ut=function(e,t){return e.__v.__b-t.__v.__b},Ce=Symbol(),Bt=/(PointerCapture)$|Capture$/i,ot=0,et={},lr=0;var he,O,Qe,Mt,tt=Object.is,je=0,Zt=[],nt=[],S=w,Rt=S.__b,At=S.__r,Lt=S.diffed,Pt=S.__c,jt=S.unmount,Dt=S.__;function ft(e,t){S.__h&&S.__h(O,e,je||t),je=0;var n=O.__H||(O.__H={__:[],__h:[]});return e>=n.__.length&&n.__.push({}),n.__[e]}function g(e){return je=1,_r(Qt,e)}function _r(e,t,n){var r=ft(he++,2);if(r.t=e,!r.__c&&(r.__=[n?n(t):Qt(void 0,t),function(o){var a=(r.__N||r.__)[0],i=r.t(a,o);tt(a,i)||(r.__N=[i,r.__[1]],r.__c.setState({}))}],r.__c=O,!O.__f)){O.__f=!0;var s=O.shouldComponentUpdate;O.shouldComponentUpdate=function(o,a,i){var c=this.__H;if(!c)return!0;var p=!1,u=this.props!=o;if(c.__.some(function(d){d.__N&&(p=!0,tt(d.__[0],d.__N[0])||(u=!0))}),s){var h=s.call(this,o,a,i);return p?h||u:h}return!p||u}}return r.__}function k(e,t){var n=ft(he++,3);!S.__s&&Yt(n.__H,t)&&(n.__P=!0,n.__=e,n.u=t,O.__H.__h.push(n))}function N(e){return je=5,_e(function(){return{current:e}},[])}function _e(e,t){var n=ft(he++,7);return Yt(n.__H,t)&&(n.__=e(),n.__H=t),n.__}function br(){var e;do{for(;e=nt.shift();)try{me(e)}catch(n){S.__e(n,{__:(e=e.__P)&&e.__v})}for(;e=Zt.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(me),t.__h.some(rt),t.__h=[]}catch(n){t.__h=[],S.__e(n,e.__v)}}}while(nt.length)}S.__b=function(e){O=null,Rt&&Rt(e)},S.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),Dt&&Dt(e,t)},S.__r=function(e){At&&At(e),he=0;var t=(O=e.__c).__H;t&&(Qe==O?O.__h=[]:(t.__h.some(me),t.__h.some(rt),he=0),t.__h=[],t.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),Qe=O},S.diffed=function(e){Lt&&Lt(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Ft(Zt.push(t)),t.__H.__.some(function(n){n.u&&(n.__H=n.u)})),Qe=O=null},S.__c=function(e,t){t.some(function(n){try{n.__h.some(me),n.__h=n.__h.filter(function(r){return!r.__||rt(r)})}catch(r){n.__h=[function(){throw r}]}}),Pt&&Pt(e,t)},S.unmount=function(e){jt&&jt(e);var t,n,r=e.__c;r&&r.__H&&(r.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=e.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,Ft(nt.push(s))}else me(s)}catch(o){t=o}}),r.__H=void 0,t&&S.__e(t,r.__v))};var qt=typeof requestAnimationFrame=="function";function gr(e){var t,n=function(){clearTimeout(r),qt&&cancelAnimationFrame(t),setTimeout(e)},r=setTimeout(n,35);qt&&(t=requestAnimationFrame(n))}function Ft(e){e!=1&&Mt==S.requestAnimationFrame||((Mt=S.requestAnimationFrame)||gr)(br)}function me(e){var t=O,n=e.__c;typeof n=="function"&&(e.__c=void 0,n()),O=t}function rt(e){var t=O;e.__c=e.__(),O=t}function Yt(e,t){return!e||e.length!=t.length||t.some(function(n,r){return!tt(n,e[r])})}function Qt(e,t){return typeof t=="function"?t(e):t}var l=ar.bind(ur);var ge={"1h":"1 hour","24h":"24 hours","7d":"7 days","30d":"30 days",month:"This month"},dt={0:"Off",10:"10 s",60:"1 min",300:"5 min"},mt={"":"System",light:"Light",dark:"Dark"},se=Object.freeze({board:"spend",range:"30d",since:"",until:"",filters:Object.freeze({}),compare:!1,refresh:0,theme:"",tables:Object.freeze([]),sorts:Object.freeze({}),sql:""}),yr=15e3;function ae(e){let t=new URLSearchParams(e),n=be(t.get("since")),r=be(t.get("until"));return{board:t.get("board")||se.board,range:n&&r?"custom":pt(ge,t.get("range"),se.range),since:n&&r?n:"",until:n&&r?r:"",filters:Xt(t.getAll("filter"),"="),compare:t.get("compare")==="1",refresh:Number(pt(dt,t.get("refresh"),se.refresh)),theme:pt(mt,t.get("theme"),se.theme),tables:(t.get("tables")||"").split(",").filter(Boolean),sorts:Object.fromEntries(Object.entries(Xt(t.getAll("sort"),".")).map(([s,[o]])=>[s,o])),sql:t.get("sql")||""}}var pt=(e,t,n)=>t!==null&&Object.hasOwn(e,t)?t:n;function be(e){let t=new Date(/[Z+]|-\d\d:\d\d$/.test(e??"")?e:`${e}Z`);return Number.isNaN(t.getTime())?"":t.toISOString().slice(0,16)}function Xt(e,t){let n=new Map;for(let r of e){let s=r.indexOf(t);if(s<1)continue;let o=r.slice(0,s);n.set(o,new Set([...n.get(o)??[],r.slice(s+1)]))}return Object.fromEntries([...n].map(([r,s])=>[r,[...s]]))}function vr(e){let t=new URLSearchParams;e.board!==se.board&&t.set("board",e.board),e.range==="custom"?(t.set("since",e.since),t.set("until",e.until)):e.range!==se.range&&t.set("range",e.range);for(let[r,s]of Object.entries(e.filters))for(let o of s)t.append("filter",`${r}=${o}`);e.compare&&t.set("compare","1"),e.refresh&&t.set("refresh",String(e.refresh)),e.theme&&t.set("theme",e.theme),e.tables.length&&t.set("tables",e.tables.join(","));for(let[r,s]of Object.entries(e.sorts))t.append("sort",`${r}.${s}`);e.sql&&e.sql.length<=yr&&t.set("sql",e.sql);let n=t.toString();return n?`?${n}`:""}function b(e,t={},n=""){let r="board"in t&&t.board!==e.board,s={...e,...r?{tables:[],sorts:{},sql:""}:{},...t};return`./${vr(s)}${n?`#${n}`:""}`}function ye(e,t,n){let{[t]:r,...s}=e;return n.length?{...s,[t]:n}:s}var te=36e5,wr={"1h":te,"24h":24*te,"7d":168*te,"30d":720*te};function tn(e,t){if(e.range==="custom")return{since:`${e.since}:00Z`,until:`${e.until}:00Z`};let n=new Date(Math.floor(t/te)*te+te),r=new Date(t),s=Date.UTC(r.getUTCFullYear(),r.getUTCMonth(),1),o=new Date(e.range==="month"?s:n.getTime()-wr[e.range]);return{since:en(o),until:en(n)}}var en=e=>`${e.toISOString().slice(0,19)}Z`;var qe=class extends Error{constructor(t,n="",r=0){super(t),this.hint=n||"",this.status=r}},ie=[],ht=0,ne=new Map;function kr(e,t){return new Promise((n,r)=>{let s={order:e,resolve:n};t?.addEventListener("abort",()=>{let o=ie.indexOf(s);o>=0&&ie.splice(o,1),r(t.reason)}),ie.push(s),nn()})}function nn(){ht>=3||!ie.length||(ie.sort((e,t)=>e.order-t.order),ht+=1,ie.shift().resolve())}async function R(e,t,{signal:n,order:r=0}={}){return Or(await Fe(e,t,{signal:n,order:r}))}async function Fe(e,t,{signal:n,order:r=0}={}){n?.throwIfAborted(),await kr(r,n);try{return await xr(e,t,n)}finally{ht-=1,nn()}}async function xr(e,t,n){let r=t===void 0?{}:Tr(t),s;try{s=await fetch(e,{...r,signal:n})}catch(c){throw n?.aborted?c:new qe("the store does not answer","is llmroute up still running?")}s.status===401&&location.reload();let o=await s.text();if(s.ok)return o;let{message:a,hint:i}=Sr(o);throw new qe(a??`the store answered with status ${s.status}`,i,s.status)}function Sr(e){try{return JSON.parse(e).error??{}}catch{return{}}}var Or=e=>JSON.parse(e,(t,n,r)=>Number.isInteger(n)&&!Number.isSafeInteger(n)?r?.source??String(n):n),Tr=e=>({method:"POST",headers:{"Content-Type":"application/json"},body:JSON.stringify(e)});async function rn(e,t,n,r){let s=`${e} ${t} ${JSON.stringify(n)}`;if(!ne.has(s)){let o=await R(t,n,r);ne.size>=300&&ne.delete(ne.keys().next().value),ne.set(s,o)}return ne.get(s)}var on=(e,t,n)=>ne.get(`${e} ${t} ${JSON.stringify(n)}`);function an(){let[e,t]=g(()=>ae(location.search)),n=(r,{replace:s=!1}={})=>{history[s?"replaceState":"pushState"](null,"",r),t(ae(location.search))};return k(()=>{let r=()=>t(ae(location.search)),s=o=>{let a=Nr(o);if(!a)return;o.preventDefault();let{board:i}=ae(location.search);n(a.href),(ae(location.search).board!==i||a.hash&&!("stays"in a.dataset))&&ve(a.hash.slice(1))};return addEventListener("popstate",r),document.addEventListener("click",s),()=>{removeEventListener("popstate",r),document.removeEventListener("click",s)}},[]),[e,n]}function Nr(e){let t=e.target.closest?.("a[href]"),n=e.button===0&&!(e.metaKey||e.ctrlKey||e.shiftKey||e.altKey);return!t||!n||e.defaultPrevented||t.target||t.hasAttribute("download")?null:t.origin===location.origin&&t.pathname===location.pathname?t:null}var sn=()=>{};function ve(e){sn(),requestAnimationFrame(()=>{let t=e&&document.getElementById(e);if(!t)return scrollTo(0,0);t.scrollIntoView(),t.focus({preventScroll:!0}),sn=Cr(t)})}var Er=["wheel","touchmove","pointerdown","keydown","popstate"];function Cr(e){let t=new AbortController,n=()=>e.scrollIntoView(),r=new ResizeObserver(n);r.observe(e.parentElement);let s=0,o=setInterval(()=>{s=document.querySelector("#board [aria-busy=true]")?0:s+1,!(s<3)&&(n(),t.abort())},200);t.signal.addEventListener("abort",()=>{r.disconnect(),clearInterval(o)});for(let a of Er)addEventListener(a,()=>t.abort(),{signal:t.signal,passive:!0});return()=>t.abort()}function ln(e){let[t,n]=g(()=>({now:Date.now(),generation:0})),r=()=>n(({generation:s})=>({now:Date.now(),generation:s+1}));return k(()=>{if(!e)return;let s=!1,o=setInterval(()=>document.hidden?s=!0:r(),e*1e3),a=()=>{!document.hidden&&s&&r(),s=!1};return document.addEventListener("visibilitychange",a),()=>{clearInterval(o),document.removeEventListener("visibilitychange",a)}},[e]),[t,r]}function A(e,t,{generation:n,order:r=0,isWanted:s=!0}){let o=JSON.stringify(t),[a,i]=g({});k(()=>{if(!s)return;let u=new AbortController,h=d=>!u.signal.aborted&&i({key:o,generation:n,...d});return rn(n,e,t,{signal:u.signal,order:r}).then(d=>h({answer:d}),d=>h({error:d})),()=>u.abort()},[e,o,n,s]);let c=on(n,e,t);if(c)return{answer:c,isAsking:!1};let p=a.key===o;return{answer:p||!a.error?a.answer:void 0,error:p&&a.generation===n?a.error:void 0,isAsking:s&&!(p&&a.generation===n),isOld:!p&&!!a.answer}}function Ie(e=!1){let t=N(null),[n,r]=g(e);return k(()=>{if(n||!t.current)return;let s=new IntersectionObserver(o=>o.some(a=>a.isIntersecting)&&r(!0),{rootMargin:"400px 0px"});return s.observe(t.current),()=>s.disconnect()},[n]),[t,n]}function He(e,t,n){k(()=>{if(!t)return;let r=o=>o.key==="Escape"&&n(!0),s=o=>!e.current?.contains(o.target)&&n(!1);return document.addEventListener("keydown",r),document.addEventListener("pointerdown",s),()=>{document.removeEventListener("keydown",r),document.removeEventListener("pointerdown",s)}},[t])}function Mr(e){let[t,n=""]=Rr(e).split(".");return{units:BigInt(t+n),places:n.length}}function Rr(e){let t=String(e);return/e/i.test(t)?Number(t).toFixed(18):t.replace(/^\+/,"")}var re=24;function E(e){let{units:t,places:n}=Mr(e);return n<=re?t*10n**BigInt(re-n):t/10n**BigInt(n-re)}var le=e=>e<0n?-e:e;function cn(e,t){let n=10n**BigInt(re-t),r=le(E(e)),s=r%n,o=r/n;return s*2n===n?o+o%2n:s*2n>n?o+1n:o}function un(e){let t=e.reduce((s,o)=>s+E(o),0n),n=le(t).toString().padStart(re+1,"0"),r=`${n.slice(0,-re)}.${n.slice(-re)}`.replace(/\.?0+$/,"");return t<0n?`-${r}`:r}function fn(e,t){if(e==null||t===null||t===void 0)return null;let n=E(t);return n===0n?null:Number((E(e)-n)*1000000n/le(n))/1e6}function oe(e,t){if(Math.abs(e)*2**(t+1)%2!==1)return e.toFixed(t);let r=Math.floor(Math.abs(e)*10**t),s=r+r%2;return`${e<0?"-":""}${(s/10**t).toFixed(t)}`}var F="-",Ar={USD:"$",EUR:"\u20AC",GBP:"\xA3",JPY:"\xA5"},Lr=["spend","cost_per_call","per_1k_calls","cost_per_job","cost_per_success","forecast","forecast_low","forecast_high"];function J(e){let t=0n;for(let n of e){if(n==null)continue;let r=le(E(n));r>t&&(t=r)}return t>=E("100")?2:t>=E("0.01")||t===0n?4:6}function j(e,t,n){if(e==null)return F;let r=Ar[t]??(t?`${t} `:""),s=E(e);if(s===0n)return`${r}0`;let o=`0.${"0".repeat(n-1)}1`;if(le(s)<E(o))return`<${r}${o}`;let a=cn(e,n).toString().padStart(n+1,"0"),i=a.slice(0,-n).replace(/\B(?=(\d{3})+$)/g,",");return`${s<0n?"-":""}${r}${i}.${a.slice(-n)}`}function L(e){if(e==null)return F;for(let[t,n,r]of[[1e9,1e9,"G"],[1e6,1e6,"M"],[1e4,1e3,"k"]])if(e>=t)return`${oe(e/n,1)}${r}`;return String(e)}function $t(e){return e==null?F:e>0&&e<.005?"<1%":`${oe(e*100,0)}%`}function _t(e){if(e==null)return F;let t=oe(e*100,0);return`${t.startsWith("-")?"":"+"}${t}%`}function Pr(e){return e==null?F:e<1e3?`${oe(e,0)}ms`:`${oe(e/1e3,1)}s`}function we(e){return"spend"in e&&["unpriced","partly_priced","no_usage"].some(t=>e[t])}function jr(e,t){return Lr.includes(e)&&t[e]!==null&&we(t)}function z(e,t,n){let{name:r,unit:s}=e,o=t[r];return s==="money"?o==null?r==="spend"&&t.unpriced?"unpriced":F:j(o,t.currency,n)+(jr(r,t)?"+?":""):o==null?F:s==="share"?r==="change"?_t(o):$t(o):s==="count"?L(o):s==="seconds"?Pr(o*1e3):s==="minutes"?`${Number(o.toPrecision(6))} min`:s==="number"?oe(o,1):String(o)||"(none)"}var C=e=>e.unit!=="text"&&e.unit!=="time";function K(e,t){let n=e.filter(r=>r.unit==="money");return Object.fromEntries(n.map(({name:r})=>[r,J(t.map(s=>s[r]))]))}function Ue(e){if(e.chart==="time"||e.chart==="waterfall")return e.rows;let t=[...new Set(e.rows.map(r=>r.currency??null))],n=r=>t.indexOf(r.currency??null);return[...e.rows].sort((r,s)=>n(r)-n(s))}var P=e=>[...new Set(e.map(t=>t.currency??null))];var Dr={tenant:"customer",attempt:"attempt reason"},G=e=>Dr[e]??e,qr=50;function pn({view:e,names:t}){let{state:n}=e,r=Object.entries(n.filters);return l`<div class="filters" role="group" aria-label="Filters">
    ${r.map(([s,o])=>l`<${Fr} key=${s} view=${e} name=${s} values=${o} />`)}
    <${Ir} view=${e} names=${t} />
    ${r.length>1&&l`<a class="quiet" href=${b(n,{filters:{}})}>Remove all</a>`}
  </div>`}function Fr({view:e,name:t,values:n}){let{state:r}=e,s=n.map(o=>o||"(none)").join(" or ");return l`<span class="chip">
    <span><b>${G(t)}</b> ${s}</span>
    <a
      href=${b(r,{filters:ye(r.filters,t,[])})}
      aria-label=${`Remove the filter ${G(t)} ${s}`}
      >×</a
    >
  </span>`}function Ir({view:e,names:t}){let[n,r]=g(!1),[s,o]=g(t[0]),a=N(null),i=N(null);return He(a,n,c=>{r(!1),c&&i.current.focus()}),l`<span class="opener" ref=${a}>
    <button
      type="button"
      class="adder"
      ref=${i}
      aria-expanded=${n?"true":"false"}
      onClick=${()=>r(!n)}
    >+ Filter</button>
    ${n&&l`<div class="sheet picker" role="group" aria-label="Choose a filter">
      <label for="filter-name">By</label>
      <select id="filter-name" value=${s} onChange=${c=>o(c.target.value)}>
        ${t.map(c=>l`<option value=${c}>${G(c)}</option>`)}
      </select>
      <${Hr} key=${s} view=${e} name=${s} />
    </div>`}
  </span>`}function Hr({view:e,name:t}){let{state:n,go:r,period:s,generation:o}=e,[a,i]=g(""),c=Br(a),p={filter:t,since:s.since,until:s.until,limit:qr,...c?{contains:c}:{}},{answer:u,error:h}=A("api/values",p,{generation:o,order:-1}),d=n.filters[t]??[],f=$=>r(b(n,{filters:ye(n.filters,t,$)})),m=$=>{$.preventDefault(),a&&!d.includes(a)&&f([...d,a]),i("")},_=u?.values??[];return l`<form onSubmit=${m}>
      <label class="unseen" for="filter-text">Find, or type a value</label>
      <input
        id="filter-text"
        type="search"
        autocomplete="off"
        placeholder="Find, or type a value and press Enter"
        value=${a}
        onInput=${$=>i($.target.value)}
      />
    </form>
    <ul class="values" aria-label=${`Values of ${G(t)}`}>
      ${[...d.filter($=>!_.includes($)),..._].map($=>l`<li key=${$}><label>
          <input
            type="checkbox"
            checked=${d.includes($)}
            onChange=${v=>f(v.target.checked?[...d,$]:d.filter(y=>y!==$))}
          />
          <span>${$||"(none)"}</span>
        </label></li>`)}
    </ul>
    <p class="hint" aria-live="polite">${Ur(u,h,a)}</p>`}function Ur(e,t,n){return t?t.message:e?e.has_more?"There are more: type to find them.":e.values.length?"":n?"Not seen in this period. Enter takes it anyway.":"None seen in this period.":"Looking \u2026"}function Br(e){let[t,n]=g(e);return k(()=>{let r=setTimeout(()=>n(e),200);return()=>clearTimeout(r)},[e]),t}var Wr=500,Jr=[{name:"cheaper",board:"routes",panels:["cheaper"],title:"Cheaper model",mark:"if",found:Zr,none:"No route could answer on a cheaper model that is used here."},{name:"waste",board:"routes",panels:["waste"],title:"Answers nobody used",mark:"",found:Yr,none:"No attempt was billed whose answer nobody used."},{name:"fallbacks",board:"routes",panels:["fallbacks"],title:"Fallbacks",mark:"est.",found:Qr,none:"No fallback cost more than a first choice."},{name:"margin",board:"jobs",panels:["tenant","job"],title:"Worst margin",mark:"",found:eo,none:"No customer and no kind of job is known to cost more than it earns."}];function dn({view:e}){return l`<section class="panel wide leaks" aria-labelledby="leaks">
    <header><div><h2 id="leaks">Where it leaks</h2><p>What could be saved first, and where?</p></div></header>
    <ul>
      ${Jr.map((t,n)=>l`<${zr} key=${t.name} view=${e} finding=${t} order=${4+n} />`)}
    </ul>
  </section>`}function zr({view:e,finding:t,order:n}){let{since:r,until:s}=e.period,{board:o,panels:a}=t,i=a.map(m=>{let _={board:o,panel:m,since:r,until:s,filters:e.state.filters,limit:Wr};return A("api/panel",_,{generation:e.generation,order:n})}),c=i.find(m=>m.error)?.error,p=!c&&!i.every(({answer:m})=>m),u=p||c?[]:i.map(({answer:m})=>m),h=Kr(t,u),d=u[0]?.filters_not_taken??[],f=b(e.state,{board:o},h[0]?.row.of??a[0]);return l`<li
    data-finding=${t.name}
    aria-busy=${p?"true":"false"}
    data-old=${i.some(({isOld:m})=>m)?"true":void 0}
  >
    <a href=${f}>
      <span class="label">${t.title}</span>
      ${p&&l`<span class="skeleton"></span>`} ${c&&l`<span class="says">${c.message}</span>`}
      ${u.length>0&&l`<${Gr} finding=${t} said=${h} />`}
      ${d.length>0&&l`<span class="label">Not narrowed to ${d.map(G).join(", ")}.</span>`}
    </a>
  </li>`}function Kr(e,t){let n=t.flatMap(r=>r.rows.map(s=>({...s,of:r.panel})));return P(n).map(r=>e.found(n.filter(s=>(s.currency??null)===r))).filter(Boolean)}function Gr({finding:e,said:t}){return t.length?t.map(({amount:n,row:r,says:s})=>l`<span class="amount">
        ${j(n,r.currency,J([n]))}
        ${e.mark&&l`${" "}<small class="mark">${e.mark}</small>`}
      </span>
      <span class="says">${s}</span>`):l`<span class="says">${e.none}</span>`}var ce=e=>l`<b>${e||"(none)"}</b>`,mn=e=>e!==null&&Number(e)>0,Vr=e=>j(e.spend,e.currency,J([e.spend]));function Zr([e]){if(!e)return null;let t=e.model===e.other_model?`${e.other_model}, ${e.other_tier||"other tier"}`:e.other_model;return{amount:e.saved,row:e,says:l`would be saved of ${Vr(e)} by moving ${ce(e.name)} from ${ce(e.model)} to ${ce(t)}`}}function Yr([e]){return!e||!mn(e.spend)?null:{amount:e.spend,row:e,says:l`was billed on ${ce(e.name)} for answers that were ${e.outcome}`}}function Qr([e]){return!e||!mn(e.premium)?null:{amount:e.premium,row:e,says:l`more was paid on ${ce(e.name)}, where another model had to answer`}}var Xr={tenant:"customer",job:"job"};function eo(e){let t=e.filter(o=>o.gross_margin!==null&&E(o.gross_margin)<0n);if(!t.length)return null;let n=t.reduce((o,a)=>E(a.gross_margin)<E(o.gross_margin)?a:o),r=n.margin_share===null?"":`, a margin of ${$t(n.margin_share)}`,s=j(n.revenue,n.currency,J([n.revenue]));return{amount:n.gross_margin,row:n,says:l`is left of ${s} that the ${Xr[n.of]} ${ce(n.name)} brought in${r}`}}function ue(){let{answer:e,error:t}=A("api/health",void 0,{generation:0});return e??(t?{}:null)}var bt=()=>/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);function ke(e){return bt()?e.needs_data?` --data ${Be(e.data)}`:"":` --url ${location.origin}`}function hn(e){let{protocol:t,hostname:n,port:r}=new URL(e.otlp_http),s=/^(0\.0\.0\.0|\[::\])$/.test(n)?location.hostname:n;return[`OTEL_EXPORTER_OTLP_ENDPOINT=${t}//${s}:${r}`,"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",...e.needs_token?["OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"]:[]].join(" ")}function $n(e,{provider:t,model:n,service_tier:r}){let s=["llmroute prices set"];return t&&s.push(`--provider ${Be(t)}`),s.push(`--model ${Be(n)}`),r&&s.push(`--tier ${Be(r)}`),`${s.join(" ")} --input-per-mtok PRICE --output-per-mtok PRICE${ke(e)}`}var _n=(e,{since:t})=>`llmroute reprice --since ${t.slice(0,16)} --only unpriced${ke(e)}`,Be=e=>/^[\w./:@-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`;function D({error:e,again:t}){return l`<div class="trouble" role="alert">
    <p><strong>${e.message}</strong>${e.hint&&l`<span class="hint">Try: ${e.hint}</span>`}</p>
    ${t&&l`<button type="button" class="quiet" onClick=${t}>Ask again</button>`}
  </div>`}function bn(){let e=ue();return e?l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing has arrived yet</h2>
    ${bt()&&l`<p>Put <code>llmroute run</code> before your application. It needs no change of code:</p>
      <${V} text=${`llmroute run${ke(e)} -- python app.py`} />`}
    ${e.otlp_http&&l`<p>An application that sends OpenTelemetry already sends it here with:</p>
      <${V} text=${hn(e)} />
      ${e.needs_token&&l`<p><code>TOKEN</code> is the token of this store, which commands read from <code>LLMROUTE_TOKEN</code>.</p>`}`}
    <p>If calls were made and nothing shows, this says why:</p>
    <${V} text=${`llmroute doctor${ke(e)}`} />
  </section>`:null}function gn(){return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">No jobs yet</h2>
    <p>
      Calls have arrived, and none of them is part of a job: a unit of work that a customer pays for. After
      <code>import otel_llmroute as llmroute</code>, put this line around what one takes:
    </p>
    <${V} text=${'with llmroute.job("resolve_ticket", revenue="1.00") as job:'} what="line" />
    <p>Then this board shows what such a job costs, and what is left of its revenue.</p>
  </section>`}function We({state:e,what:t=""}){let n=Object.keys(e.filters).length>0,r={"1h":"24h","24h":"7d","7d":"30d",month:"30d",custom:"30d"}[e.range];return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">${t?`No ${t}`:"Nothing"} in this period${n&&" that meets these filters"}</h2>
    <p>
      The store holds ${t?`${t}s`:"records"}, but none that began in it${n&&" and meet them all"}.
    </p>
    <p class="ways">
      ${r&&l`<a class="button" href=${b(e,{range:r})}>Show ${ge[r].toLowerCase()}</a>`}
      ${n&&l`<a class="button" href=${b(e,{filters:{}})}>Remove the filters</a>`}
      ${!r&&!n&&l`<span>Choose an earlier period: <em>Custom</em> above.</span>`}
    </p>
  </section>`}function V({text:e,what:t="command"}){return l`<span class="command"><code>${e}</code><${gt} text=${e} what=${t} /></span>`}function gt({text:e,what:t}){let[n,r]=g("");return l`<button type="button" class="quiet" onClick=${async()=>{r(await to(e)?"Copied":"Press Ctrl+C"),setTimeout(()=>r(""),2500)}} aria-label=${`Copy the ${t}`}>
    <span aria-live="polite">${n||"Copy"}</span>
  </button>`}async function to(e){try{return await navigator.clipboard.writeText(e),!0}catch{return!1}}var no={estimate:["est.","An estimate: worked out from what is like it."],counterfactual:["if","Counterfactual: what did not happen."]};function I({column:e}){let[t,n]=no[e.figures]??[];return l`${e.heading}${t&&l`${" "}<abbr class="mark" title=${n}>${t}</abbr>`}`}function H({view:e,panel:t,column:n,row:r,decimals:s}){let o=z(n,r,s),a=lo(e,t,n,r);return a?l`<a href=${a} title=${o}>${vn(n)?o.slice(0,8):o}</a>`:ro(e,t,n)?l`<${oo} view=${e} id=${r.name} />`:n.unit==="money"&&o==="unpriced"?l`<${so} view=${e} />`:n.name==="level"?l`<span class=${`level ${o}`}>${o}</span>`:n.name==="used"&&r.used!==null?l`${o}<${io} part=${r.used} level=${r.level} />`:n.unit==="money"&&r[n.name]!==null?l`<${ao} text=${o} exact=${r[n.name]} />`:C(n)?o:l`<span class=${o===F||o==="(none)"?"faint":""} title=${o}>${o}</span>`}var vn=e=>e.name==="last_trace",ro=({state:e},t,n)=>e.board==="jobs"&&t.name==="dearest"&&n.name==="name";function oo({view:e,id:t}){let[n,r]=g(""),{state:s,go:o,period:a}=e;return l`<button type="button" class="link" onClick=${async()=>{r("\u2026");try{let{traces:c}=await R("api/traces",{job_id:t,...a},{order:-1});c.length?(o(b(s,{board:"trace",filters:{trace:c}})),ve("waterfall")):r("no call or route of it in this period")}catch(c){r(c.message)}}} title=${`What happened in ${t}`}>${t}</button>
    <small class="before" role="status">${n}</small>`}function so({view:e}){return l`<a class="unpriced" href=${b(e.state,{board:"models"},"unpriced")}>unpriced</a>`}function ao({text:e,exact:t}){let n=e.endsWith("+?")&&l`<span class="at-least">+?</span>`;return l`<span title=${t}>${e.replace("+?","")}</span>${n}`}function io({part:e,level:t}){return l`<span class="meter"><span class=${t} style=${{width:`${Math.min(100,100*e)}%`}}></span></span>`}function lo(e,t,n,r){let{state:s}=e,o=r[n.name];if(vn(n)&&o)return yn(s,o);if(n.name!=="name"||!t.drill||o===null||o===void 0)return"";if(t.drill==="trace")return yn(s,o);let a=s.filters[t.drill]??[];return t.drill_board===s.board&&a.length===1&&a[0]===String(o)?b(s,{board:"trace"}):b(s,{board:t.drill_board,filters:ye(s.filters,t.drill,[String(o)])})}var yn=(e,t)=>b(e,{board:"trace",filters:{trace:[t]}});function fe({column:e,row:t,decimals:n,isBrief:r}){if(!("before"in t)||!t.before||!C(e))return null;let s={...t,...t.before},o=z(e,s,n),a=e.unit==="share"?null:fn(t[e.name],s[e.name]);return r&&a===null?null:l`<small class="before" title=${`${o} in the period before`}>
    ${!r&&l`${o} `}${a!==null&&l`<span class="delta">${co(a)}</span>`}
  </small>`}var Je=e=>e.before===null,co=e=>e<9?_t(e):`\xD7${L(Math.round(e+1))}`;var uo=8,fo=2,po=2;function wn({view:e,panel:t,answer:n}){let r=Ue(n),s=yo(r),o=mo(t,n),a={view:e,panel:t,...o,decimals:K(o.numbers,r),largest:go(r,t)};return l`<table class="bars">
      <thead>
        <tr>
          <th scope="col">${o.names.map(({heading:i})=>i).join(", ")}</th>
          ${o.numbers.map(i=>l`<th key=${i.name} scope="col" class="number"><${I} column=${i} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${s.map((i,c)=>l`
            ${vo(s,c)&&l`<${_o} row=${i} />`}
            <${ho} key=${c} row=${i} ...${a} />
          `)}
      </tbody>
    </table>
    ${s.length<r.length&&l`<${bo} view=${e} panel=${t} answer=${n} />`}`}function mo(e,t){let n=t.columns.find(({name:o})=>o===e.value),r=t.columns.filter(o=>C(o)&&o!==n);return{names:t.columns.filter(o=>!C(o)).slice(0,po),numbers:[n,...r.slice(0,fo)]}}function ho({view:e,panel:t,row:n,names:r,numbers:s,decimals:o,largest:a}){let i=c=>({column:c,row:n,decimals:o[c.name]});return l`<tr>
    <th scope="row">
      <span class="names">
        ${r.map((c,p)=>l`<span key=${c.name} class=${p?"second":"first"}>
            <${H} view=${e} panel=${t} ...${i(c)} />
          </span>`)}
        ${Je(n)&&l`<small class="new">new</small>`}
      </span>
      <${$o} amount=${n[t.value]} largest=${a.get(n.currency)} />
    </th>
    ${s.map(c=>l`<td key=${c.name} class="number">
        <${H} view=${e} panel=${t} ...${i(c)} />
        <${fe} ...${i(c)} isBrief=${!0} />
      </td>`)}
  </tr>`}function $o({amount:e,largest:t}){let n=Number(e??0),r=n&&t?Math.max(1,100*Math.abs(n)/t):0;return l`<span class=${`bar ${n<0?"below":""}`} style=${{width:`${r}%`}}></span>`}function _o({row:e}){return l`<tr class="group">
    <th scope="rowgroup">${e.currency??"No currency"}</th>
  </tr>`}function bo({view:e,panel:t,answer:n}){let r=b(e.state,{tables:[...e.state.tables,t.name]},t.name);return l`<a class="quiet more" href=${r}>All ${n.rows.length}${n.has_more?"+":""} rows</a>`}function go(e,t){let n=new Map;for(let r of e){let s=Math.abs(Number(r[t.value]??0));n.set(r.currency,Math.max(n.get(r.currency)??0,s))}return n}function yo(e){let t=P(e),n=Math.max(3,Math.ceil(uo/Math.max(1,t.length)));return t.flatMap(r=>e.filter(s=>(s.currency??null)===r).slice(0,n))}function vo(e,t){return P(e).length>1&&(t===0||e[t-1].currency!==e[t].currency)}var wo,ko=()=>wo??=import("./vendor/echarts.js"),xo=560;function ze({label:e,height:t,optionOf:n,changes:r}){let[s,o]=Ie(),a=N(null),[i,c]=g(0),[p,u]=g(!1);return k(()=>Oo(()=>c(h=>h+1)),[]),k(()=>{if(!o)return;let h=!0;return ko().then(({init:d})=>{!h||!s.current||(a.current??=So(d,s.current),a.current.setOption(n(To(s.current),{width:s.current.clientWidth,isNarrow:p}),{notMerge:!0}))}),()=>{h=!1}},[o,i,p,r]),k(()=>{let h=new ResizeObserver(([{contentRect:d}])=>{u(d.width<xo),a.current?.resize()});return h.observe(s.current),()=>{h.disconnect(),a.current?.dispose()}},[]),l`<div class="chart" ref=${s} role="img" aria-label=${e} style=${{height:`${t}px`}}></div>`}function So(e,t){let n=e(t,null,{renderer:"canvas"});return n.on("finished",()=>t.setAttribute("data-drawn","true")),n}function Oo(e){let t=matchMedia("(prefers-color-scheme: dark)");t.addEventListener("change",e);let n=new MutationObserver(e);return n.observe(document.documentElement,{attributeFilter:["data-theme"]}),()=>{t.removeEventListener("change",e),n.disconnect()}}var kn=["text","faint","line","card","series-1","series-2","series-3","series-4","series-5","series-6"];function To(e){let t=e.ownerDocument.createElement("span");e.append(t);let n={};for(let a of kn)t.style.color=`var(--${a})`,n[a]=getComputedStyle(t).color;let{fontFamily:r}=getComputedStyle(e);t.remove();let s=kn.filter(a=>a.startsWith("series")).map(a=>n[a]),o=matchMedia("(prefers-reduced-motion: reduce)").matches;return{...n,series:s,fontFamily:r,animation:!o}}function Ke(e){return{animation:e.animation,animationDuration:250,color:e.series,textStyle:{fontFamily:e.fontFamily,color:e.faint,fontSize:12},tooltip:{renderMode:"richText",confine:!0,backgroundColor:e.card,borderColor:e.line,textStyle:{color:e.text,fontSize:12}}}}var Ge=["requested_model","selected_model","served_model"],No=40,xn=32;function Sn({panel:e,answer:t}){let{nodes:n,links:r}=Eo(t.rows,e.value),s=Ge.map(i=>t.columns.find(({name:c})=>c===i)?.heading??i),o=Math.max(...Ge.map((i,c)=>n.filter(({depth:p})=>p===c).length)),a=`${s.join(", ")}: ${r.slice(0,10).map(i=>`${Z(i.source)} to ${Z(i.target)} ${i.value}`).join("; ")}`;return l`<div class="stages" aria-hidden="true">${s.map(i=>l`<span>${i}</span>`)}</div>
    <${ze} height=${Math.max(160,44*o)} label=${a} changes=${t} optionOf=${(i,c)=>Ro(n,r,i,c)} />`}function Eo(e,t){let n=new Map;for(let o of e)for(let a of[0,1]){let[i,c]=[`${a}:${o[Ge[a]]??""}`,`${a+1}:${o[Ge[a+1]]??""}`],p=JSON.stringify([i,c]),u=n.get(p)??{source:i,target:c,value:0};n.set(p,{...u,value:u.value+o[t]})}let r=[...n.values()].sort((o,a)=>a.value-o.value).slice(0,No);return{nodes:[...new Set(r.flatMap(({source:o,target:a})=>[o,a]))].map(o=>({name:o,depth:Number(o[0])})),links:r}}var Z=e=>e.slice(2)||"(not said)",Co=e=>{let t=[...Z(e)];return t.length>xn?`${t.slice(0,xn-1).join("")}\u2026`:t.join("")};function Mo(e,{width:t,isNarrow:n}){if(!n)return{position:e===2?"left":"right"};let r={width:Math.floor(t/3)-8,overflow:"truncate",verticalAlign:"bottom"};return e===1?{...r,position:"top",align:"center"}:{...r,position:[e?On:0,-2],align:e?"right":"left"}}var On=10;function Ro(e,t,n,r){let s=[...new Set(e.map(({name:i})=>Z(i)))],o=i=>n.series[s.indexOf(Z(i))%n.series.length],a=Ke(n);return{...a,tooltip:{...a.tooltip,formatter:({dataType:i,data:c,name:p,value:u})=>i==="edge"?`${Z(c.source)} \u2192 ${Z(c.target)}
${L(c.value)} calls`:`${Z(p)}
${L(u)} calls`},series:[{type:"sankey",left:4,right:4,top:r.isNarrow?22:8,bottom:8,nodeWidth:On,nodeGap:r.isNarrow?24:12,draggable:!1,emphasis:{focus:"adjacency"},data:e.map(i=>({...i,itemStyle:{color:o(i.name),borderWidth:0},label:Mo(i.depth,r)})),links:t,label:{color:n.text,fontSize:12,formatter:({name:i,value:c})=>`${Co(i)}  ${L(c)}`},lineStyle:{color:"gradient",opacity:.28,curveness:.5}}]}}function Tn({view:e,panel:t,answer:n}){let r=n.columns.find(({name:i})=>i===t.value)??n.columns[0],s=n.columns.filter(i=>i!==r),o=K(n.columns,n.rows),a=(i,c)=>l`<${H} view=${e} panel=${t} column=${i} row=${c} decimals=${o[i.name]} />
    <${fe} column=${i} row=${c} decimals=${o[i.name]} />`;return n.rows.map((i,c)=>l`<dl class="figures" key=${c}>
      <div class="large"><dt><${I} column=${r} /></dt><dd>${a(r,i)}</dd></div>
      ${s.map(p=>l`<div key=${p.name}>
          <dt><${I} column=${p} /></dt>
          <dd>${a(p,i)}</dd>
        </div>`)}
    </dl>`)}var Ao=864e5,yt=36e5,Lo=72;function Nn({panel:e,answer:t}){let n=Po(t),r=P(t.rows),s=r.map(i=>{let c=t.rows.filter(p=>(p.currency??null)===i);return l`<${ze}
      key=${i}
      height=${r.length>1?160:220}
      label=${jo(e,c,i)}
      changes=${t}
      optionOf=${p=>Do(e,t,n,c,p)}
    />`});if(!t.compared_with)return s;let[o,a]=[t.compared_with.since,t.compared_with.until].map(i=>i.slice(0,16).replace("T"," "));return l`${s}<p class="hint">Dashed: the period before, ${o} to ${a} UTC.</p>`}function Po(e){let[t,n]=[Date.parse(e.since),Date.parse(e.until)],r=n-t<=Lo*yt?yt:Ao,s=[];for(let o=Math.floor(t/r)*r;o<n;o+=r)s.push(new Date(o).toISOString().slice(0,16).replace("T"," "));return s.length<=5e3?s:e.rows.map(({time:o})=>o)}function jo(e,t,n){let r=t.filter(a=>a[e.value]!==null);if(!r.length)return`${e.title}: ${t.length} steps, none of them priced`;let s=r.reduce((a,i)=>Number(i[e.value])>Number(a[e.value])?i:a),o=j(s[e.value],n,J([s[e.value]]));return`${e.title}: ${t.length} steps from ${t[0].time} to ${t.at(-1).time} UTC, most at ${s.time}: ${o}`}function Do(e,t,n,r,s){let o=new Map(r.map(m=>[m.time,m])),a=m=>o.get(m),i=qo(t,n,r),c=t.columns.find(({name:m})=>m===e.value),p=J(r.map(m=>m[e.value])),u=n.every(m=>m.endsWith("00:00")),h=Ke(s);return{...h,grid:{left:8,right:8,top:12,bottom:4,containLabel:!0},tooltip:{...h.tooltip,trigger:"axis",axisPointer:{type:"shadow"},formatter:([{dataIndex:m}])=>f(n[m])},xAxis:{type:"category",data:n,axisTick:{show:!1},axisLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,hideOverlap:!0,formatter:m=>u?m.slice(5,10):m.slice(11)}},yAxis:{type:"value",splitNumber:4,splitLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,formatter:m=>Fo(m,r[0]?.currency)}},series:[{type:"bar",barMaxWidth:28,itemStyle:{color:s.series[0],borderRadius:[2,2,0,0]},data:d(a)},...t.compared_with?[{type:"line",step:"middle",symbol:"circle",symbolSize:5,itemStyle:{color:s.series[1]},lineStyle:{color:s.series[1],width:1.5,type:"dashed"},data:d(i)}]:[]]};function d(m){return n.map(_=>{let $=m(_)?.[e.value]??null;return $===null?null:Number($)})}function f(m){let _=o.get(m),$=t.compared_with?`
Before ${i(m)?z(c,i(m),p):"no calls"}`:"";return _?`${m} UTC
${c.heading} ${z(c,_,p)}
Calls ${L(_.requests)}${$}`:`${m} UTC
no calls${$}`}}function qo(e,t,n){let r=new Map(n.filter(a=>a.before).map(a=>[a.time,{...a,...a.before}])),s=Date.parse(`${t[1]??t[0]}Z`)-Date.parse(`${t[0]}Z`)||yt,o=Math.floor((Date.parse(e.until)-Date.parse(e.since))/s)*s;for(let a of e.gone??[]){if((a.currency??null)!==(n[0].currency??null))continue;let i=new Date(Date.parse(`${a.time}Z`)+o).toISOString().slice(0,16).replace("T"," ");r.set(i,a)}return a=>r.get(a)}function Fo(e,t){let n=String(Number(e.toPrecision(6))),r=Math.max(1,(n.split(".")[1]??"").length),s=j(n,t,r);return n.includes(".")?s:s.replace(/\.0$/,"")}var vt={job:0,route:1,decision:2,attempt:2,charge:2};function En({view:e,panel:t,answer:n}){return[...new Set(n.rows.map(({name:s})=>s))].map(s=>{let o=n.rows.filter(({name:a})=>a===s);return l`<div class="trace" key=${s}>
      <p class="trace-id"><span>Trace</span> <code>${s}</code></p>
      <${Io} view=${e} panel=${t} answer=${n} rows=${o} />
    </div>`})}function Io({view:e,panel:t,answer:n,rows:r}){let o=[...n.columns.filter(({name:i})=>!["name","kind","label"].includes(i))].sort((i,c)=>(c.unit==="money")-(i.unit==="money")),a={view:e,panel:t,columns:o,whole:Math.max(...r.map(Mn),1e-9),decimals:K(o,n.rows)};return l`<div class="scroll" role="region" tabindex="0" aria-label="Records of the trace">
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Record</th>
          ${o.map((i,c)=>l`${c===1&&l`<th scope="col">When</th>`}
                <th key=${i.name} scope="col" class=${Cn(i)}><${I} column=${i} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${zo(r).map(i=>l`<${Ho} key=${i.row.span} ...${i} ...${a} />`)}
      </tbody>
    </table>
  </div>`}function Ho({row:e,depth:t,below:n,columns:r,...s}){let{kind:o}=e,a=`${o} ${e.label}, level ${t+1}`;return l`<tr data-kind=${o}>
    <th scope="row" style=${{paddingInlineStart:`${.75+t*1.1}rem`}} aria-label=${a}>
      <span class="kind">${o}</span> ${e.label||"(none)"}
    </th>
    ${r.map((i,c)=>{let p={column:i,decimals:s.decimals[i.name]},u=i.unit==="money"&&n.length;return l`${c===1&&l`<${Uo} row=${e} whole=${s.whole} />`}<td key=${i.name} class=${Cn(i)}>
        ${u?l`<${Bo} rows=${n} ...${p} />`:l`<${H} view=${s.view} panel=${s.panel} row=${e} ...${p} />`}
      </td>`})}
  </tr>`}var Uo=({row:e,whole:t})=>l`<td class="when" aria-hidden="true">
  <span class=${`span ${e.kind} ${Wo(e)?"failed":""}`} style=${Jo(e,t)}></span>
</td>`;function Bo({rows:e,column:{name:t},decimals:n}){let r=e.filter(o=>o[t]!==null),s=e.some(we)?l`<span class="at-least">+?</span>`:"";return r.length?P(r).map(o=>{let a=r.filter(i=>(i.currency??null)===o).map(i=>i[t]);return l`<span class="sum" title="The sum of what is below">${j(un(a),o,n)}</span>${s}`}):l`-${s}`}var Cn=({unit:e})=>e==="text"||e==="time"?"text":"number",Mn=e=>e.start_s+e.duration_s,Wo=e=>["failed","error","failure"].includes(e.outcome);function Jo(e,t){let n=Math.min(99,100*e.start_s/t);return{insetInlineStart:`${n}%`,width:`${Math.max(.6,Math.min(100-n,100*e.duration_s/t))}%`}}function zo(e){let t=[],n=[];for(let r of e){let s={row:r,below:[]};(t.findLast(a=>Go(a.row,r))?.below??n).push(s),vt[r.kind]<2&&t.push(s)}return Rn(n,0)}function Rn(e,t){return e.flatMap(({row:n,below:r})=>{let s=Rn(r,t+1);return[{row:n,depth:t,below:s.map(o=>o.row)},...s]})}var Ko=1e-6;function Go(e,t){return vt[e.kind]<vt[t.kind]&&(e.kind==="job"||e.label===t.label)&&Mn(e)+Ko>=t.start_s}function pe(e,t,n,r){let{since:s,until:o}=e.period;return{board:t.name,panel:n.name,since:s,until:o,filters:e.state.filters,limit:r}}function An(e,t){let n=e.state.sorts[t.name];return n?{name:n.replace(/^-/,""),isDown:n.startsWith("-")}:null}function Ln(e,t,n){let r=t.find(({name:i})=>i===n?.name);if(!r)return e;let s=n.isDown?-1:1,o=(i,c)=>{let[p,u]=[i[r.name]??null,c[r.name]??null];return p===null||u===null?(p===null)-(u===null):s*Vo(r,p,u)};return P(e).flatMap(i=>e.filter(c=>(c.currency??null)===i).sort(o))}function Vo(e,t,n){if(e.unit==="money"){let r=E(t)-E(n);return r<0n?-1:+(r>0n)}return C(e)?t-n:String(t).localeCompare(String(n))}function Pn({view:e,panel:t,column:n,order:r}){let s=r?.name===n.name,o=C(n),a=s?r.isDown===o?(o?"":"-")+n.name:"":(o?"-":"")+n.name,{[t.name]:i,...c}=e.state.sorts,p=a?{...c,[t.name]:a}:c;return l`<th
    scope="col"
    class=${C(n)?"number":"text"}
    aria-sort=${s?r.isDown?"descending":"ascending":void 0}
  >
    <a class="sorts" data-stays href=${b(e.state,{sorts:p},t.name)}><${I} column=${n} /></a>
  </th>`}var jn=12,wt=3;function Dn({view:e,panel:t,answer:n}){let[r,s]=g(!1),o=An(e,t),a=Ln(Ue(n),n.columns,o),i=n.gone??[],{columns:c}=n,p={view:e,panel:t,columns:c,decimals:K(c,a),setsPrices:kt(n)};return l`
    <div class="scroll" role="region" tabindex="0" aria-label=${`${t.title}, table`}>
      <table>
        <thead>
          <tr>
            ${c.map(u=>l`<${Pn} key=${u.name} view=${e} panel=${t} column=${u} order=${o} />`)}
          </tr>
        </thead>
        <tbody>
          ${a.slice(0,r?a.length:jn).map((u,h)=>l`<${Zo} key=${h} row=${u} ...${p} />`)}
          ${i.slice(0,r?i.length:wt).map(u=>l`<${Xo} row=${u} ...${p} />`)}
        </tbody>
      </table>
    </div>
    ${!r&&l`<${Yo} rows=${a.length} gone=${i.length} show=${()=>s(!0)} />`}
  `}function Zo({view:e,panel:t,columns:n,row:r,decimals:s,setsPrices:o}){let a=p=>l`
    <${H} view=${e} panel=${t} column=${p} row=${r} decimals=${s[p.name]} />
    <${fe} column=${p} row=${r} decimals=${s[p.name]} />
  `,[i,...c]=n;return l`<tr class=${o?"above":void 0}>
    ${C(i)?l`<td class="number">${a(i)}</td>`:l`<th scope="row">${a(i)}${Je(r)&&l`${" "}<small class="new">new</small>`}</th>`}
    ${c.map(p=>l`<td key=${p.name} class=${Qo(p)}>${a(p)}</td>`)}
  </tr>
  ${o&&l`<${es} row=${r} width=${n.length} />`}`}function Yo({rows:e,gone:t,show:n}){return e<=jn&&t<=wt?null:l`<button type="button" class="quiet more" onClick=${n}>
    Show all ${e} rows${t>wt&&`, and ${t} no longer there`}
  </button>`}var kt=e=>e.board==="models"&&e.panel==="unpriced",Qo=e=>C(e)?"number":"text";function Xo({columns:e,row:t,decimals:n}){return l`<tr class="gone">
    ${e.map((r,s)=>{let o=z(r,t,n[r.name]);return C(r)?l`<td class="number"><small class="before">${o}</small></td>`:s===0?l`<th scope="row">${o}${" "}<small class="new">no longer there</small></th>`:l`<td class="text">${o}</td>`})}
  </tr>`}function es({row:e,width:t}){let n=ue();return l`<tr class="typed">
    <td colspan=${t}>${n&&l`<${V} text=${$n(n,e)} />`}</td>
  </tr>`}async function qn(e){let t=JSON.parse(await Fe("api/panel",e),ts),n=t.columns.map(({name:s})=>s),r=[...new Set([...n,...Object.keys(t.rows[0]??{})])];xe(xt(r,t.rows.map(s=>r.map(o=>s[o]))),In(e,"csv"),"text/csv")}async function Fn(e){xe(await Fe("api/panel",e),In(e,"json"),"application/json")}var In=({board:e,panel:t,since:n,until:r},s)=>`${e}-${t}-${n.slice(0,10)}-${r.slice(0,10)}.${s}`,ts=(e,t,n)=>typeof t=="number"?n?.source??String(t):t;function xt(e,t){return[e,...t].map(n=>`${n.map(ns).join(",")}
`).join("")}function ns(e){if(e==null)return"";let t=typeof e=="object"?JSON.stringify(e):String(e);return/[",\r\n]/.test(t)?`"${t.replaceAll('"','""')}"`:t}function xe(e,t,n){let r=document.createElement("a");r.href=URL.createObjectURL(new Blob([e],{type:n})),r.download=t,r.click(),setTimeout(()=>URL.revokeObjectURL(r.href),1e4)}function Hn({view:e,title:t,sql:n,question:r,close:s}){let o=N(null),[a,i]=g("");k(()=>{o.current.showModal();let u=new AbortController;return R("api/panel/sql",r,{signal:u.signal,order:-1}).then(h=>i(h.statement),()=>{}),()=>u.abort()},[]);let c=a||n,p=b(e.state,{board:"sql",sql:a});return l`<dialog ref=${o} class="sql" aria-labelledby="sql-title" onClose=${s}>
    <header>
      <h2 id="sql-title">SQL of ${t}</h2>
      <button type="button" class="quiet" onClick=${()=>o.current.close()}>Close</button>
    </header>
    <pre tabindex="0" aria-label="Statement">${c}</pre>
    <footer>
      <${gt} text=${c} what="statement" />
      ${a&&l`<a class="button" href=${p}>Open in the SQL page</a>`}
    </footer>
  </dialog>`}function Bn({view:e,board:t,panel:n,isTable:r,rows:s}){let o=pe(e,t,n,1e4),a={title:n.title,question:o,isOff:!s};return l`<div class="tools">
    ${n.chart!=="table"&&l`<${rs} view=${e} panel=${n} isTable=${r} />`}
    <${os} view=${e} panel=${n} question=${o} />
    <${Un} kind="CSV" save=${qn} ...${a} />
    <${Un} kind="JSON" save=${Fn} ...${a} />
  </div>`}function rs({view:e,panel:t,isTable:n}){let r=e.state.tables.filter(i=>i!==t.name),s=b(e.state,{tables:n?r:[...r,t.name]},t.name),o=n?"Chart":"Table",a=`${t.title}: show as ${o.toLowerCase()}`;return l`<a class="quiet" data-stays href=${s} aria-label=${a}>${o}</a>`}function os({view:e,panel:t,question:n}){let[r,s]=g(!1),o=N(null),a=()=>{s(!1),o.current?.focus()};return l`<button
      type="button"
      class="quiet"
      ref=${o}
      onClick=${()=>s(!0)}
      aria-label=${`${t.title}: SQL`}
    >
      SQL
    </button>
    ${r&&l`<${Hn} view=${e} title=${t.title} sql=${t.sql} question=${n} close=${a} />`}`}function Un({kind:e,save:t,title:n,question:r,isOff:s}){let[o,a]=g(null);return l`<button
      type="button"
      class="quiet"
      disabled=${s}
      onClick=${()=>t(r).then(()=>a(null),a)}
      aria-label=${`${n}: save as ${e}`}
    >
      ${e}
    </button>
    ${o&&l`<span class="not-saved" role="alert">Not saved: ${o.message}</span>`}`}var ss={bars:wn,flow:Sn,numbers:Tn,time:Nn,waterfall:En},as=500,is=new Set(["flow","waterfall"]);function ls(e,t){let n=t.columns.some(({name:r})=>r==="spend_before");return e.state.compare&&t.period==="range"&&!n&&!is.has(t.chart)}function Jn({view:e,board:t,panel:n,room:r,order:s,told:o,isHidden:a}){let[i,c]=Ie(s<4),p=n.chart==="waterfall"&&!e.state.filters.trace,u=n.chart==="time"||n.chart==="waterfall"?1e4:as,h={...pe(e,t,n,u),...ls(e,n)?{compare:!0}:{}},d=A("api/panel",h,{generation:e.generation,order:s,isWanted:c&&!p});k(()=>{d.answer&&!d.isOld&&o(n.name,d.answer.rows.filter(Ve).length)},[d.answer,d.isOld]);let f=n.chart==="table"||e.state.tables.includes(n.name),m=`panel-${n.name}`;return l`<section
    class=${`panel ${f?"wide":r}`}
    id=${n.name}
    hidden=${a}
    ref=${i}
    tabindex="-1"
    aria-labelledby=${m}
    aria-busy=${d.isAsking?"true":"false"}
    data-panel=${`${t.name}/${n.name}`}
    data-old=${d.isOld?"true":void 0}
  >
    <header>
      <div><h2 id=${m}>${n.title}</h2><p>${n.about}</p></div>
      <${Bn} view=${e} board=${t} panel=${n} isTable=${f} rows=${d.answer?.rows.length??0} />
    </header>
    ${d.answer&&l`<${ps} answer=${d.answer} />`}
    <div class="body">
      ${p?l`<p class="none">Choose a trace above, or open one from an error of a route.</p>`:l`<${cs} view=${e} board=${t} panel=${n} found=${d} isTable=${f} />`}
    </div>
  </section>`}var Ve=e=>e.records!==0;function cs({view:e,board:t,panel:n,found:r,isTable:s}){let{answer:o,error:a}=r;if(a)return l`<${D} error=${a} again=${e.refresh} />`;if(!o)return l`<div class="skeleton" role="status"><span class="unseen">Asking …</span></div>`;if(!o.rows.length&&!o.gone?.length)return l`<${fs} panel=${n} />`;let i=ss[n.chart],c={view:e,board:t,panel:n,answer:o};return l`
    ${s||!i?l`<${Dn} ...${c} />`:l`<${i} ...${c} />`}
    <${ds} view=${e} answer=${o} />
  `}var us={budgets:l`No budget yet. Name one in <code>llmroute.toml</code> under <code>[[budgets]]</code>.`,unpriced:"Every model that was used has a price.",experiments:l`None of these calls is of an experiment: <code>llmroute.bind(experiment="short_prompt", variant="b")</code> around
    a call says of which it is.`,response_cache:l`None of these calls looked into a cache of the application's own: <code>route.cache("hit")</code> or
    <code>route.cache("miss")</code> says that one did.`},fs=({panel:e})=>l`<p class="none">${us[e.name]??"No data"}</p>`;function ps({answer:e}){let t=e.filters_not_taken;return t.length?l`<p class="not-taken" role="note">
    Not narrowed to ${t.map(G).join(", ")}: these figures are not kept by that.
  </p>`:null}function ds({view:e,answer:t}){let n=t.rows.some(we),r=kt(t),s=t.chart==="waterfall"||r?"":t.note;return!s&&!n&&!t.has_more&&!r?null:l`<footer>
    ${s&&l`<p>${s}</p>`} ${r&&l`<${ms} view=${e} />`}
    ${n&&l`<p><b>+?</b> At least this: <${hs} view=${e} rows=${t.rows} />.</p>`}
    ${t.has_more&&l`<p>There are more than these ${t.rows.length} rows: CSV and JSON have them.</p>`}
  </footer>`}function ms({view:e}){let t=ue();return t?l`<p>Put in the prices of a million tokens. Then this works out what the calls of this period cost:</p>
    <p><${V} text=${_n(t,e.period)} /></p>`:null}var Wn={unpriced:"without a price",partly_priced:"priced in part",no_usage:"without a report of usage"};function hs({view:e,rows:t}){return Object.keys(Wn).map(r=>[r,t.reduce((s,o)=>s+Number(o[r]??0),0)]).filter(([,r])=>r).map(([r,s],o)=>{let a=`${L(s)} ${Wn[r]}`,i=b(e.state,{board:"models"},"unpriced");return l`${o?", ":""}${r==="unpriced"?l`<a href=${i}>${a}</a>`:a}`})}var $s="spend";function zn({view:e,board:t}){let n=JSON.stringify([e.period,e.state.filters]),[r,s]=g({asked:n,rows:{}}),o=r.asked===n?r.rows:{},a=(_,$)=>s(v=>({asked:n,rows:{...v.asked===n?v.rows:{},[_]:$}})),i=_e(()=>bs(t.panels),[t]),c=i.filter(({panel:_})=>_s(_)).map(({panel:_})=>_.name),p=c.filter(_=>_ in o),u=c.slice(0,3).every(_=>o[_]===0)&&p.every(_=>o[_]===0),h=u?i.filter(({panel:_})=>_.name in o):i,d=h.filter(Oe),f=h.filter(_=>!Oe(_)),m=({panel:_,room:$},v)=>l`<${Jn}
      key=${_.name}
      view=${e}
      board=${t}
      panel=${_}
      room=${$}
      order=${v}
      told=${a}
      isHidden=${u&&!(_.period==="month"&&o[_.name])}
    />`;return l`
    ${u&&l`<${ys} view=${e} board=${t} />`}
    <div class="panels">
      ${d.map(m)}
      ${t.name===$s&&!u&&l`<${dn} view=${e} />`}
      ${f.map((_,$)=>m(_,d.length+$))}
    </div>
  `}var _s=({period:e,chart:t})=>e==="range"&&t!=="waterfall";function bs(e){let t=e.filter(s=>Oe({panel:s})&&s.columns.length<=Kn).length,n=e.map(s=>({panel:s,room:gs(s,t)})).sort((s,o)=>Oe(o)-Oe(s)),r=[];for(;n.length;){let s=n.shift();if(r.push(s),s.room!=="half")continue;let o=n.findIndex(({room:a})=>a==="half");o>=0?r.push(...n.splice(o,1)):s.room="wide"}return r}var Oe=({panel:e})=>e.chart==="numbers",Kn=8;function gs({chart:e,columns:t},n){return e!=="numbers"?e==="bars"?"half":"wide":t.length>Kn||n===1?"wide":n===2?"half":"third"}var Gn={since:"1970-01-01T00:00:00Z",until:"2105-01-01T00:00:00Z",limit:1};function ys({view:e,board:t}){let n={filter:"service",...Gn},{answer:r,error:s}=A("api/values",n,{generation:e.generation,order:-1});return!r&&!s?null:r&&!r.values.length?l`<${bn} />`:t.name==="jobs"?l`<${vs} view=${e} />`:l`<${We} state=${e.state} />`}function vs({view:e}){let{since:t,until:n}=e.period,r={board:"data",panel:"coverage",since:t,until:n,filters:e.state.filters,limit:1},s=A("api/panel",r,{generation:e.generation,order:-1}),o={board:"jobs",panel:"all",filters:{},...Gn},a=A("api/panel",o,{generation:e.generation,order:-1});return[s,a].some(({answer:i,error:c})=>!i&&!c)?null:s.answer?.rows.some(Ve)?a.answer&&!a.answer.rows.some(Ve)?l`<${gn} />`:l`<${We} state=${e.state} what="job" />`:l`<${We} state=${e.state} />`}function Yn({view:e,filters:t,clock:n}){let{state:r,go:s}=e,o=()=>s(b(r,{compare:!r.compare}));return l`<section class="controls" aria-label="What is shown">
    <div class="row">
      <nav class="segments" aria-label="Period">
        ${Object.entries(ge).map(([a,i])=>l`<a
            href=${b(r,{range:a})}
            aria-current=${r.range===a?"true":void 0}
            title=${i}
            >${a==="month"?"Month":a}</a
          >`)}
        <${ws} view=${e} />
      </nav>
      <button type="button" class="toggle" aria-pressed=${r.compare?"true":"false"} onClick=${o}>
        Compare with the period before
      </button>
      <${pn} view=${e} names=${t} />
      <${ks} view=${e} clock=${n} />
    </div>
  </section>`}function ws({view:e}){let{state:t,go:n,period:r}=e,[s,o]=g(!1),a=N(null),i=N(null);He(a,s,u=>{o(!1),u&&i.current.focus()});let c=u=>{u.preventDefault();let h=new FormData(u.target),[d,f]=[be(h.get("since")),be(h.get("until"))];!d||!f||d>=f||(n(b(t,{range:"custom",since:d,until:f})),o(!1),i.current.focus())},p=t.range==="custom"?`${Zn(t.since)} to ${Zn(t.until)}`:"Custom";return l`<span class="opener" ref=${a}>
    <button
      type="button"
      ref=${i}
      aria-expanded=${s?"true":"false"}
      aria-current=${t.range==="custom"?"true":void 0}
      onClick=${()=>o(!s)}
    >${p}</button>
    ${s&&l`<form class="sheet period" onSubmit=${c} aria-label="Custom period">
      <${Vn} title="From, UTC" name="since" value=${r.since} />
      <${Vn} title="To, UTC" name="until" value=${r.until} />
      <p class="hint">Figures are kept by the hour: a period is of whole hours.</p>
      <button type="submit" class="primary">Show it</button>
    </form>`}
  </span>`}var Vn=({title:e,name:t,value:n})=>l`<label>${e} <input type="datetime-local" name=${t} required step="3600" value=${n.slice(0,16)} /></label>`,Zn=e=>e.replace("T"," ");function ks({view:e,clock:t}){let{state:n,go:r,refresh:s}=e,o=i=>r(b(n,{refresh:Number(i.target.value)}),{replace:!0}),a=new Date(t.now).toISOString().slice(11,19);return l`<span class="refresh">
    <span class="quiet-text" aria-live="polite">As of ${a} UTC</span>
    <button type="button" class="quiet" onClick=${s}>Refresh</button>
    <label><span class="unseen">Refresh by itself</span>
      <select value=${String(n.refresh)} onChange=${o}>
        ${Object.entries(dt).map(([i,c])=>l`<option value=${i}>${i==="0"?"Auto: off":`Every ${c}`}</option>`)}
      </select>
    </label>
  </span>`}var St=1e3;function Qn({found:e}){if(!e)return l`<div role="status"></div>`;if(e.isAsking)return l`<div class="panel" role="status">Asking …</div>`;if(e.error)return l`<div class="panel"><${D} error=${e.error} /></div>`;let{columns:t,rows:n}=e.answer;return l`<section class="panel" aria-labelledby="result">
    <header>
      <div>
        <h2 id="result">Result</h2>
        <p role="status">${n.length} ${n.length===1?"row":"rows"} in ${Math.round(e.ms)} ms</p>
      </div>
      <div class="tools">
        <button type="button" class="quiet" onClick=${()=>Os(t,n)}>CSV</button>
        <button type="button" class="quiet" onClick=${()=>Ts(t,n)}>JSON</button>
      </div>
    </header>
    <div class="scroll" role="region" tabindex="0" aria-label="Rows">
      <table>
        <thead>
          <tr>
            ${t.map(({name:r,type:s})=>l`<th scope="col" class=${Xn(s)} title=${s}>${r}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${n.slice(0,St).map(r=>l`<${xs} row=${r} columns=${t} />`)}
        </tbody>
      </table>
    </div>
    ${n.length>St&&l`<p class="hint">Shown are the first ${St}; CSV and JSON have all of them.</p>`}
  </section>`}var xs=({row:e,columns:t})=>l`<tr>
    ${e.map((n,r)=>l`<td class=${Xn(t[r].type)}>${Ss(n)}</td>`)}
  </tr>`,Xn=e=>/^(Nullable\(|LowCardinality\()*(UInt|Int|Float|Decimal)/.test(e)?"number":"text";function Ss(e){return e===null?"-":typeof e=="object"?JSON.stringify(e):String(e)}var er=e=>e.map(({name:t})=>t),Os=(e,t)=>xe(xt(er(e),t),"answer.csv","text/csv");function Ts(e,t){let n=er(e),r=t.map(s=>Object.fromEntries(n.map((o,a)=>[o,s[a]])));xe(`${JSON.stringify(r,null,2)}
`,"answer.json","application/json")}var Ns=`SELECT table, name, type, comment FROM system.columns
WHERE database = currentDatabase() ORDER BY table, position`,Es=/^(llm_(calls|routes|jobs|decisions|hourly|hourly_latency|hourly_tenants|prices|budgets)|data_health|otel_traces)$/;function nr(){let[e,t]=g({tables:[],isAsking:!0});k(()=>{R("api/sql",{statement:Ns}).then(({rows:s})=>t({tables:Cs(s)}),s=>t({tables:[],error:s}))},[]);let n=e.tables.filter(({table:s})=>Es.test(s)),r=e.tables.filter(s=>!n.includes(s));return l`<section class="panel" aria-busy=${e.isAsking?"true":"false"}>
    <header><div><h2>Tables</h2><p>What each column means.</p></div></header>
    ${e.error&&l`<${D} error=${e.error} />`}
    ${n.map(s=>l`<${tr} key=${s.table} ...${s} />`)}
    ${r.length>0&&l`<details>
        <summary>How it is kept</summary>
        ${r.map(s=>l`<${tr} key=${s.table} ...${s} />`)}
      </details>`}
  </section>`}function Cs(e){let t=new Map;for(let[n,r,s,o]of e)t.has(n)||t.set(n,{table:n,columns:[]}),t.get(n).columns.push({name:r,type:s,comment:o});return[...t.values()]}function tr({table:e,columns:t}){return l`<details>
    <summary><code>${e}</code></summary>
    <dl class="columns">
      ${t.map(({name:n,type:r,comment:s})=>l`<div>
          <dt><code>${n}</code> <small>${r}</small></dt>
          ${s&&l`<dd>${s}</dd>`}
        </div>`)}
    </dl>
  </details>`}var rr=`SELECT route, currency, sum(cost) AS spend, count() AS records
FROM llm_calls
GROUP BY route, currency
ORDER BY spend DESC NULLS LAST`;function or({view:e}){let{state:t,go:n,boards:r}=e,[s,o]=g(t.sql||rr),[a,i]=g(null),c=N(null),p=N(null);k(()=>o(t.sql||rr),[t.sql]),k(()=>()=>p.current?.abort(),[]);let u=async f=>{f?.preventDefault(),p.current?.abort(),p.current=new AbortController;let{signal:m}=p.current;s!==t.sql&&n(b(t,{sql:s}),{replace:!0}),i({isAsking:!0});let _=performance.now();try{let $=await R("api/sql",{statement:s},{signal:m,order:-1});i({answer:$,ms:performance.now()-_})}catch($){m.aborted||i({error:$})}},h=f=>{f.key==="Enter"&&(f.ctrlKey||f.metaKey)&&u(f)},d=f=>{o(f),c.current.focus()};return l`<div class="sql-page">
    <div class="asking">
      <form onSubmit=${u} class="panel">
        <label for="statement">Statement</label>
        <textarea
          id="statement"
          ref=${c}
          rows=${Math.min(24,Math.max(8,s.split(`
`).length+1))}
          spellcheck=${!1}
          autocomplete="off"
          value=${s}
          onInput=${f=>o(f.target.value)}
          onKeyDown=${h}
        ></textarea>
        <div class="row">
          <button type="submit" class="primary">Run</button>
          <span class="hint">Ctrl+Enter. Reading only: the store refuses everything else.</span>
        </div>
      </form>
      <${Qn} found=${a} />
    </div>
    <aside aria-label="What there is to ask">
      <${Ms} view=${e} boards=${r} put=${d} />
      <${nr} />
    </aside>
  </div>`}function Ms({view:e,boards:t,put:n}){let[r,s]=g(null),o=async(a,i)=>{try{n((await R("api/panel/sql",pe(e,a,i,1e4),{order:-1})).statement),s(null)}catch(c){s(c)}};return l`<section class="panel">
    <header><div><h2>Questions of the boards</h2><p>Each is put into the editor, with this period filled in.</p></div></header>
    ${r&&l`<${D} error=${r} />`}
    ${t.map(a=>l`<details key=${a.name}>
        <summary>${a.title}</summary>
        <ul class="choices">
          ${a.panels.map(i=>l`<li><button type="button" class="link" onClick=${()=>o(a,i)}>${i.about}</button></li>`)}
        </ul>
      </details>`)}
  </section>`}var Te={name:"sql",title:"SQL",about:"Ask the store yourself: read only."};function sr({boards:e,filters:t}){let[n,r]=an(),[s,o]=ln(n.board===Te.name?0:n.refresh),a=[...e,Te].find(({name:p})=>p===n.board)??e[0],i=tn(n,s.now),c=_e(()=>({state:n,go:r,boards:e,period:i,generation:s.generation,refresh:o}),[n,e,i.since,i.until,s.generation]);return k(()=>{location.hash&&ve(location.hash.slice(1))},[]),k(()=>{document.title=`${a.title} \xB7 otel-llmroute`},[a.title]),k(()=>{document.documentElement.dataset.theme=n.theme},[n.theme]),l`
    <a class="skip" href="#board" onClick=${p=>Rs(p)}>Skip to the board</a>
    <${As} boards=${[...e,Te]} shown=${a} state=${n} go=${r} />
    ${a!==Te&&l`<${Yn} view=${c} filters=${t} clock=${s} />`}
    <main id="board" tabindex="-1" data-board=${a.name}>
      <div class="opening"><h1>${a.title}</h1><p>${a.about}</p></div>
      ${a===Te?l`<${or} key="sql" view=${c} />`:l`<${zn} key=${a.name} view=${c} board=${a} />`}
    </main>
  `}function Rs(e){e.preventDefault(),document.getElementById("board").focus()}function As({boards:e,shown:t,state:n,go:r}){let s=o=>r(b(n,{theme:o.target.value}),{replace:!0});return l`<header class="head">
    <a class="brand" href=${b(n,{board:"spend",filters:{}})}>
      <img src="static/icon.svg" alt="" width="22" height="22" /><span>otel-llmroute</span>
    </a>
    <nav aria-label="Boards">
      ${e.map(o=>l`<a
          key=${o.name}
          href=${b(n,{board:o.name})}
          aria-current=${o===t?"page":void 0}
          >${o.title}</a
        >`)}
    </nav>
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value=${n.theme} onChange=${s}>
        ${Object.entries(mt).map(([o,a])=>l`<option value=${o}>${a}</option>`)}
      </select>
    </label>
  </header>`}var Ze=document.getElementById("page");try{let{boards:e,filters:t}=await R("api/boards");Ze.replaceChildren(),ut(l`<${sr} boards=${e} filters=${t} />`,Ze)}catch(e){Ze.replaceChildren(),ut(l`<main class="alone"><h1>The boards could not be opened</h1><${D} error=${e} /></main>`,Ze)}
